import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readBounded } from '../../../../secrets/bounded-files.js';
import { runFake } from './fake-deps.js';

/** 测试-* in GBK, on the third line of a file that is well otherwise, as a Windows editor in China saves it. */
const GBK = Buffer.concat([
  Buffer.from('{\n "name":\n"'),
  Buffer.from([0xb2, 0xe2, 0xca, 0xd4]),
  Buffer.from('-*" }\n'),
]);
const UTF_16 = Buffer.from('\uFEFF{ "name": "web" }', 'utf16le');

const REBUILD = 'rebuild i-a1 --region cn-north-1 --image img-new --key ops --yes'.split(' ');
const FLEET = 'fleet plan --name web --region cn-north-1 --vm-name * --image img-new --key ops'.split(' ');

/** Every command line that names a file which a person has written; FILE stands for it. */
const READERS = [
  'fleet plan FILE'.split(' '),
  'fleet start FILE --yes'.split(' '),
  'fleet rehearse FILE'.split(' '),
  'fleet show FILE'.split(' '),
  'schedule create FILE --cron @daily --zone Asia/Shanghai --yes'.split(' '),
  [...REBUILD, '--health-file', 'FILE'],
  [...REBUILD, '--user-data', 'FILE'],
  [...FLEET, '--health-file', 'FILE'],
  'simulator --state FILE'.split(' '),
  'simulator --scenario FILE'.split(' '),
];

/** The same, and those of keys. */
const FILES = [...READERS, 'codec-server --port 0 --token-from env:TOKEN --tls-cert FILE --tls-key FILE'.split(' ')];

describe('a file that cannot be read', () => {
  for (const argv of FILES) {
    it(`is refused by \`${argv.join(' ')}\`, naming it, in words`, async (t) => {
      const directory = await mkdtemp(join(tmpdir(), 'reimage-test-'));
      t.after(() => rm(directory, { recursive: true }));
      for (const [path, says] of [
        [directory, /is a directory, not a file/],
        [join(directory, 'nowhere.yaml'), /nowhere\.yaml:? is not there/],
        [join(directory, 'none', 'nowhere.yaml'), /nowhere\.yaml:? is not there/],
      ] as const) {
        const { exitCode, err, calls } = await runFake(
          argv.map((word) => (word === 'FILE' ? path : word)),
          {
            io: { readFile: (named) => readFile(named), readKeyFile: (named) => readBounded(named) },
            env: { TOKEN: 'a'.repeat(64), REIMAGE_CODEC_KEYS: 'a=env:KEY', KEY: 'a1'.repeat(32) },
          },
        );
        assert.deepEqual([exitCode, calls], [2, []], err.join('\n'));
        assert.match(err.join('\n'), says);
        assert.doesNotMatch(err.join('\n'), /E[A-Z]{4,}|illegal operation|open '/);
      }
    });
  }
});

describe('a file that is no UTF-8', () => {
  for (const argv of READERS) {
    it(`is refused by \`${argv.join(' ')}\`, naming file, line and byte`, async (t) => {
      const directory = await mkdtemp(join(tmpdir(), 'reimage-test-'));
      t.after(() => rm(directory, { recursive: true }));
      for (const [name, bytes, says] of [
        ['gbk.yaml', GBK, /gbk\.yaml:? is not UTF-8 \(line 3, byte 13\): save it as UTF-8/],
        ['wide.yaml', UTF_16, /wide\.yaml:? is UTF-16, not UTF-8 \(line 1, byte 1\)/],
      ] as const) {
        const path = join(directory, name);
        await writeFile(path, bytes);
        const { exitCode, err, calls } = await runFake(
          argv.map((word) => (word === 'FILE' ? path : word)),
          { io: { readFile: async () => bytes } },
        );
        assert.deepEqual([exitCode, calls], [2, []], err.join('\n'));
        assert.match(err.join('\n'), says);
      }
    });
  }
});
