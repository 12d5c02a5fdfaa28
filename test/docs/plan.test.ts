import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { VALIDATION_ISSUES, PLAN_WARNINGS } from '../../contracts/rebuild-plan.js';

const text = await readFile(new URL('../../docs/plan.md', import.meta.url), 'utf8');

/** The codes in the first column of the table under a heading. */
function codesUnder(heading: string): string[] {
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const [own = ''] = section.split('\n## ');
  return [...own.matchAll(/^\| `([a-z-]+)`/gm)].map(([, code = '']) => code);
}

describe('docs/plan.md', () => {
  it('describes every validation issue, and no other', () => {
    assert.deepEqual(codesUnder('Validation issues').toSorted(), VALIDATION_ISSUES.toSorted());
  });

  it('describes every warning of a plan, and no other', () => {
    assert.deepEqual(codesUnder('Warnings').toSorted(), PLAN_WARNINGS.toSorted());
  });
});
