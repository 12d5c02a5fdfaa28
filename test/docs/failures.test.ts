import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { FAILURE_TYPES, FAILURES } from '../../contracts/failures.js';
import { sectionsOf } from './markdown.js';

const sections = sectionsOf(await readFile(new URL('../../docs/failures.md', import.meta.url), 'utf8'));

describe('docs/failures.md', () => {
  it('has a section for each failure type, in the order of the table, and no other', () => {
    assert.deepEqual([...sections.keys()], FAILURE_TYPES);
  });

  for (const type of FAILURE_TYPES) {
    it(`says of ${type} what the table says: exit code, HTTP status, meaning, what to do`, () => {
      const { exitCode, httpStatus, meaning, next } = FAILURES[type];
      const [, codes, what, toDo, ...more] = sections.get(type)?.split('\n\n') ?? [];
      assert.deepEqual([codes, what, toDo], [`Exit code ${exitCode} · HTTP ${httpStatus}`, meaning, `**Do:** ${next}`]);
      assert.ok(more.join('').trim() !== '', 'and something more for an operator');
    });
  }
});
