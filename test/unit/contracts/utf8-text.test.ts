import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NotUtf8Error, utf8Text } from '../../../contracts/utf8-text.js';
import { holds } from '../../fuzz/holds.js';

const bytesOf = (text: string, encoding: BufferEncoding = 'utf8') => Buffer.from(text, encoding);
const MARK = [0xef, 0xbb, 0xbf];

const REFUSED: readonly { name: string; bytes: Uint8Array; says: string }[] = [
  {
    name: 'GBK',
    // 测试, as a Windows editor in China saves it.
    bytes: Buffer.concat([bytesOf('a: 1\nname: '), Buffer.from([0xb2, 0xe2, 0xca, 0xd4])]),
    says: 'is not UTF-8 (line 2, byte 12): save it as UTF-8; ',
  },
  { name: 'Latin-1', bytes: bytesOf('a: 1\n\nb: é\n', 'latin1'), says: 'is not UTF-8 (line 3, byte 10): ' },
  { name: 'a sign cut off at the end', bytes: bytesOf('测').subarray(0, 2), says: 'is not UTF-8 (line 1, byte 1): ' },
  { name: 'an overlong form', bytes: Buffer.from([0x61, 0xc0, 0xaf]), says: '(line 1, byte 2)' },
  { name: 'a surrogate', bytes: Buffer.from([0xed, 0xa0, 0x80]), says: '(line 1, byte 1)' },
  { name: 'what is above U+10FFFF', bytes: Buffer.from([0xf4, 0x90, 0x80, 0x80]), says: '(line 1, byte 1)' },
  {
    name: 'UTF-16 with a mark',
    bytes: bytesOf('\uFEFFname: a', 'utf16le'),
    says: 'is UTF-16, not UTF-8 (line 1, byte 1)',
  },
  {
    name: 'UTF-16 with a mark, the other way round',
    bytes: bytesOf('\uFEFFname: a', 'utf16le').swap16(),
    says: 'is UTF-16, not UTF-8',
  },
  {
    name: 'UTF-16 without a mark',
    bytes: bytesOf('name: a', 'utf16le'),
    says: 'looks like UTF-16, not UTF-8 (line 1, byte 2)',
  },
  { name: 'UTF-32', bytes: Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), says: 'is UTF-32, not UTF-8' },
  { name: 'a NUL', bytes: bytesOf('name: a\nb: \0'), says: 'holds a NUL, and so is no text (line 2, byte 12)' },
  {
    name: 'what another program has lost',
    bytes: Buffer.concat([Buffer.from(MARK), bytesOf('a: 1\nb: \uFFFD-*')]),
    says: 'holds U+FFFD, the sign for what could not be read (line 2, byte 12): ',
  },
];

describe('utf8Text', () => {
  it('gives a text, without its byte order mark', () => {
    assert.equal(utf8Text(bytesOf('名: 测试🙂\n')), '名: 测试🙂\n');
    assert.equal(utf8Text(Buffer.concat([Buffer.from(MARK), bytesOf('a: 1\n')])), 'a: 1\n');
    assert.equal(utf8Text(new Uint8Array()), '');
  });

  for (const { name, bytes, says } of REFUSED) {
    it(`refuses ${name}, with line and byte`, () => {
      assert.throws(
        () => utf8Text(bytes),
        (error) => error instanceof NotUtf8Error && error.message.includes(says),
      );
    });
  }

  it('given any bytes, then takes what a strict decoder takes, and names where the rest goes wrong', async () => {
    const some = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.array(fc.constantFrom(0x0a, 0x61, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4)),
      fc.string({ unit: 'binary' }).map((text) => bytesOf(text)),
    );
    await holds(
      fc.property(some, (any) => {
        const bytes = Uint8Array.from(any);
        const refused = whyRefused(bytes);
        const whole = decoded(bytes);
        const isText = whole !== null && !/[\0\uFFFD]/.test(whole);
        assert.equal(refused === null, isText);
        if (refused === null || whole !== null) return;
        const before = bytes.subarray(0, refused.place.byte - 1);
        assert.equal(refused.place.line, [...before].filter((byte) => byte === 0x0a).length + 1);
      }),
      300,
    );
  });
});

function whyRefused(bytes: Uint8Array): NotUtf8Error | null {
  try {
    utf8Text(bytes);
    return null;
  } catch (error) {
    assert.ok(error instanceof NotUtf8Error, String(error));
    return error;
  }
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
