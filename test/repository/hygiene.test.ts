import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findAll, trackedFiles } from './tracked-files.js';

const files = trackedFiles();

/** Written in pieces, so that this file does not hold what it looks for; `sample` is what each must find. */
const FORBIDDEN = [
  { what: 'a path of a machine', pattern: /(?<![\w.])\/(work|root)\//, sample: `cd ${'/ro'}ot/x` },
  { what: 'a temporary path', pattern: /(?<![\w.])\/tmp\//, sample: `${'/t'}mp/x` },
  {
    what: 'the host of a registry',
    pattern: /\bregistry\.npm|\bnpmmirror\b|\bproxy\.golang\b|\bartifactory\b/i,
    sample: `https://${'registry'}.npmjs.org/`,
  },
  { what: 'an AWS access key', pattern: /\bAKIA[0-9A-Z]{16}\b/, sample: `${'AK'}IA${'0'.repeat(16)}` },
  { what: 'a JD Cloud access key', pattern: /\bJDC_[0-9A-Z]{16,}\b/, sample: `${'JD'}C_${'0'.repeat(28)}` },
  { what: 'a token', pattern: /\b(gh[pousr]|npm)_[A-Za-z0-9]{36}\b/, sample: `${'gh'}p_${'a'.repeat(36)}` },
  {
    what: 'a private key',
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
    sample: `-----BEGIN ${'RSA '}PRIVATE KEY-----`,
  },
  {
    what: 'a test that is left out or leaves the others out',
    pattern: /\b(it|test|describe)\.(only|skip|todo)\(|\bonly: true\b/,
    sample: `it.${'only'}('x')`,
  },
] as const;

describe('no tracked file', () => {
  for (const { what, pattern, sample } of FORBIDDEN) {
    it(`holds ${what}`, () => {
      assert.match(sample, pattern);
      assert.deepEqual(findAll(files, pattern), []);
    });
  }

  it('is beyond 300 lines, save what is generated or given', () => {
    const long = files
      .filter(({ path }) => /\.(ts|mjs)$/.test(path))
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > 300);

    assert.deepEqual(long, []);
  });
});
