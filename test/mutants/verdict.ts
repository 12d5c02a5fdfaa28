import type { TestRun } from './run-tests.js';

/** What became of a mutant. Only `killed` is good. */
export type Verdict =
  | { readonly fate: 'killed'; readonly by: string }
  | { readonly fate: 'lived'; readonly tests: number }
  /** Nothing is known: it does not apply or load, or its tests could not be run. */
  | { readonly fate: 'error'; readonly why: string };

/** A mutant is killed by a test that was begun and did not hold, and by nothing else. */
export function verdictOf(run: TestRun): Verdict {
  const killer = run.ends.find(({ end }) => end === 'failed');
  if (killer !== undefined) return { fate: 'killed', by: killer.name };
  const why = whyNothingIsKnown(run);
  return why === null ? { fate: 'lived', tests: run.ends.length } : { fate: 'error', why };
}

/** 0 when every mutant was killed. */
export function exitCodeOf(verdicts: readonly Verdict[]): 0 | 1 {
  return verdicts.length > 0 && verdicts.every(({ fate }) => fate === 'killed') ? 0 : 1;
}

/** Why the tests of a mutant cannot see it: without it they have to pass, and there has to be one. Null: they can. */
export function whyBlind(run: TestRun): string | null {
  const failed = run.ends.find(({ end }) => end === 'failed');
  if (failed !== undefined) return `without the mutant fails: ${failed.name}`;
  return whyNothingIsKnown(run);
}

function whyNothingIsKnown({ ends, brokenOff, said }: TestRun): string | null {
  const broken = ends.find(({ end }) => end === 'broken');
  const tail = said === '' ? '' : `\n${said}`;
  if (broken !== undefined) return `broken, not failed: ${broken.name}${tail}`;
  if (brokenOff !== null) return `${brokenOff}${tail}`;
  return ends.length === 0 ? 'no test was begun: does their name still match?' : null;
}
