import assert from 'node:assert/strict';
import { it } from 'node:test';
import { findIssues } from '../../../activities/checks/validate.js';
import type { ValidationIssue } from '../../../contracts/rebuild-plan.js';
import { facts, type FactsOverrides } from './facts.js';

/** Facts, and all that must be found to speak against a rebuild with them. */
export interface Row {
  readonly name: string;
  readonly given: FactsOverrides;
  /** Code of each misfit and the field that is to be changed. */
  readonly issues: readonly (readonly [code: ValidationIssue['code'], field: string | null])[];
  /** What the message must hold, so that a person knows what to do. */
  readonly says?: RegExp;
}

/** A test for each row: its issues are found, no other, and they say what to do. */
export function claimRows(thing: string, rows: readonly Row[]): void {
  for (const { name, given, issues, says } of rows) {
    const codes = issues.map(([code]) => code).join(' and ') || 'nothing';
    it(`${thing} ${name}: ${codes}`.trim(), () => {
      const found = findIssues(facts(given));

      assert.deepEqual(
        found.map(({ code, field }) => [code, field]),
        issues,
      );
      if (says !== undefined) assert.match(found.map(({ message }) => message).join(' '), says);
    });
  }
}
