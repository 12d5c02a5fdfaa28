import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { metadataProblems, passwordProblems } from '../../../jdcloud/parameter-rules.js';

describe('the password rules', () => {
  // Three kinds of characters are enough, whichever they are.
  for (const password of ['Zx9kT2mWq', 'zx9!kt2#mw', 'ZX9!KT2#MW', 'Zx!kT#mWq'])
    it(`have nothing against the three kinds in ${password}`, () => {
      assert.deepEqual(passwordProblems(password, 'root'), []);
    });

  // The first two are JD Cloud's own examples.
  for (const password of ['Instance@010', 'Instance@359', 'Zx9!kT2#mW', 'Rt5_Rt5_', `${'Ty1-'.repeat(7)}Ty`]) {
    it(`have nothing against ${password}`, () => {
      assert.deepEqual(passwordProblems(password, 'root'), []);
    });
  }

  const rows: readonly (readonly [password: string, problem: RegExp])[] = [
    ['Zx9!kT2', /8 to 30 characters/],
    [`${'Ty1-'.repeat(7)}Ty1`, /8 to 30 characters/],
    ['zx9kt2mwq', /three of upper case/],
    ['ZX9KT2MWQ', /three of upper case/],
    ['Zx9! kT2#mW', /only ASCII/],
    ['Zx9!kT2密mW', /only ASCII/],
    ['Zx9!jdT2#mW', /must not contain jd/],
    ['Zx9!JDT2#mW', /must not contain jd/],
    ['Zx360!kT2#', /must not contain jd, 360/],
    ['Zx9!BUGk#mW', /must not contain/],
    ['Zx9!com2#mW', /must not contain/],
    ['Zx9!CLOUDmW', /must not contain/],
    ['Password_9x', /must not contain/],
    ['Zx!kT123#mW', /digits in sequence/],
    ['Zx!kT987#mW', /digits in sequence/],
    ['Zx9!abc2#mW', /letters in alphabetical sequence/],
    ['Zx9!CBA2#mW', /letters in alphabetical sequence/],
    ['Zx9!aBc2#mW', /letters in alphabetical sequence/],
    ['Zx9!qwe2#mW', /neighbouring keys/],
    ['Zx9!qaz2#mW', /neighbouring keys/],
    ['Zx9!xsw2#mW', /neighbouring keys/],
    ['Zx9!tfc2#mW', /neighbouring keys/],
    ['Zx9!kjh2#mW', /neighbouring keys/],
    ['Zx9!Root2#mW', /must not contain the user name root/],
  ];
  for (const [password, problem] of rows) {
    it(`refuse ${password} for that one reason`, () => {
      const problems = passwordProblems(password, 'root');

      assert.equal(problems.length, 1, problems.join('; '));
      assert.match(problems[0] ?? '', problem);
    });
  }

  it('name every rule that is broken', () => {
    assert.equal(passwordProblems('abc123').length, 4);
  });

  it('say nothing of the user name when none is given', () => {
    assert.deepEqual(passwordProblems('Zx9!Root2#mW'), []);
    assert.deepEqual(passwordProblems('Zx9!Root2#mW', ''), []);
  });

  it('never repeat the password', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 9, maxLength: 40 }), (password) => {
        for (const problem of passwordProblems(password)) assert.ok(!problem.includes(password));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the rules of metadata', () => {
  for (const [name, key, value, problem] of [
    ['a key of 256 characters', 'k'.repeat(256), 'v', null],
    ['a key of 257 characters', 'k'.repeat(257), 'v', `the key "${'k'.repeat(64)}" is over 256 characters long`],
    ['a value of 16 KB', 'k', 'v'.repeat(16_384), null],
    ['a value of more than 16 KB', 'k', `${'v'.repeat(16_382)}密`, 'the value of "k" is over 16 KB'],
    ['a key of nothing', '', 'v', 'a key is empty'],
  ] as const)
    it(`have ${problem === null ? 'nothing' : 'something'} against ${name}`, () =>
      assert.deepEqual(metadataProblems([{ key, value }]), problem === null ? [] : [problem]));
});
