import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { passwordProblems } from '../../../jdcloud/parameter-rules.js';
import { generatePassword } from '../../../secrets/generated-secret.js';

const USERS = ['root', 'Administrator'];
/** What people mistake for one another, and what a shell, a URL or JSON would read as its own. */
const TROUBLE = /[IlO01o\s'"`$\\!&|;<>(){}[\]*?~#%^/,]/;

const problemsOf = (password: string) => USERS.flatMap((user) => passwordProblems(password, user));

describe('a generated password', () => {
  it('given 10,000 of them, then each keeps the rules of JD Cloud for Linux and Windows', () => {
    const passwords = Array.from({ length: 10_000 }, () => generatePassword());

    assert.deepEqual(
      passwords.filter((password) => problemsOf(password).length > 0),
      [],
    );
    assert.deepEqual(
      passwords.filter((password) => password.length !== 21 || TROUBLE.test(password)),
      [],
    );
    assert.equal(new Set(passwords).size, passwords.length, 'no two are the same');
  });

  it('given any luck with the draw, the worst included, then it keeps the rules', () => {
    const draws = fc.array(fc.nat(), { minLength: 21, maxLength: 21 });
    fc.assert(
      fc.property(draws, (numbers) => {
        let index = 0;
        const password = generatePassword((bound) => (numbers[index++] ?? 0) % bound);

        assert.equal(index, 21, 'each character is drawn');
        assert.deepEqual(problemsOf(password), []);
      }),
      { numRuns: 10_000 },
    );
  });

  it('given bounds, then each place draws from all of its characters', () => {
    const seen = Array.from({ length: 21 }, () => new Set<string>());
    for (let round = 0; round < 48; round++)
      generatePassword((bound) => round % bound)
        .split('')
        .forEach((character, place) => seen[place]?.add(character));

    const pairs = Array.from({ length: 8 }, () => [48, 15]).flat();
    assert.deepEqual(
      seen.map(({ size }) => size),
      [24, 8, ...pairs, 48, 7, 24],
    );
  });
});
