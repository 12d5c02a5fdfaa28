import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hostnameProblem } from '../../../jdcloud/parameter-rules.js';

const ROWS: readonly (readonly [hostname: string, osType: string | null, problem: RegExp | null])[] = [
  ['web-1', 'linux', null],
  ['web-1.prod.example', 'linux', null],
  ['12', 'linux', null],
  ['web-1', null, null],
  ['a'.repeat(64), 'linux', null],
  ['a'.repeat(65), 'linux', /2 to 64/],
  ['a', 'linux', /2 to 64/],
  ['web..1', 'linux', /single dots and dashes/],
  ['web--1', 'linux', /single dots and dashes/],
  ['.web', 'linux', /between them/],
  ['web-', 'linux', /between them/],
  ['web_1', 'linux', /only letters, digits/],
  ['主机', 'linux', /only letters, digits/],
  ['web\n', 'linux', /only letters, digits/],
  ['WIN-01', 'windows', null],
  ['WIN-01', 'Windows', null],
  ['a'.repeat(15), 'windows', null],
  ['a'.repeat(16), 'windows', /2 to 15/],
  ['win.1', 'windows', /single dashes/],
  ['win--1', 'windows', /single dashes/],
  ['-win', 'windows', /between them/],
  ['1234', 'windows', /all digits on Windows/],
  ['12-a', 'windows', null],
  ['a'.repeat(16), 'windows', /on Windows$/],
  ['a'.repeat(65), null, /on Linux$/],
];

describe('the host name rules', () => {
  for (const [hostname, osType, problem] of ROWS) {
    it(`${problem === null ? 'take' : 'refuse'} ${JSON.stringify(hostname)} on ${osType ?? 'an unknown system'}`, () => {
      const found = hostnameProblem(hostname, osType);

      if (problem === null) assert.equal(found, null);
      else assert.match(found ?? 'no problem', problem);
    });
  }
});
