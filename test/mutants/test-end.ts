import { resolve } from 'node:path';
import * as z from 'zod';

/** How one test has ended. */
export const TestEnd = z.object({
  name: z.string(),
  /** `failed`: it was begun and did not hold. `broken`: a file, a hook, or something else that a test needs. */
  end: z.enum(['passed', 'failed', 'broken']),
});
export type TestEnd = z.output<typeof TestEnd>;

const Completed = z.looseObject({
  name: z.string(),
  file: z.string().optional(),
  skip: z.unknown().optional(),
  todo: z.unknown().optional(),
  details: z.looseObject({
    passed: z.boolean(),
    type: z.string().optional(),
    error: z.looseObject({ failureType: z.unknown() }).optional(),
  }),
});

const OWN_FAILURES: readonly unknown[] = ['testCodeFailure', 'testTimeoutFailure'];

/**
 * What `test:complete` of node:test says of one test. Null for what says nothing of its own: a file or suite that is as its
 * tests are, a test that was skipped.
 */
export function testEndOf(data: unknown): TestEnd | null {
  const { name, file, skip, todo, details } = Completed.parse(data);
  const failureType = details.error?.failureType;
  if (skip !== undefined || todo !== undefined || failureType === 'subtestsFailed') return null;
  const isFile = file !== undefined && resolve(name) === resolve(file);
  if (!isFile && details.type !== 'suite') {
    if (details.passed) return { name, end: 'passed' };
    return { name, end: OWN_FAILURES.includes(failureType) ? 'failed' : 'broken' };
  }
  return details.passed ? null : { name, end: 'broken' };
}
