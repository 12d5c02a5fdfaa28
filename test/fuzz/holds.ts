import assert from 'node:assert/strict';
import fc from 'fast-check';

/** Replays what a failure has printed: `REIMAGE_TEST_SEED=SEED`, or `SEED/PATH` for its last, shrunk example alone. */
const [seed, path] = (process.env['REIMAGE_TEST_SEED'] ?? '').split('/');

const prototypes = [Object.prototype, Array.prototype, Function.prototype];
const keysBefore = prototypes.map((each) => Reflect.ownKeys(each));

/**
 * Asserts that a property holds for so many random inputs, and that none of them got into the prototypes of JavaScript.
 * What it throws names the seed, the path and the smallest input that it found.
 */
export async function holds<Ts>(property: fc.IRawProperty<Ts>, numRuns: number): Promise<void> {
  await fc.assert(property, {
    numRuns,
    includeErrorInReport: true,
    ...(seed && { seed: Number(seed) }),
    ...(path && { path }),
  });
  const keysAfter = prototypes.map((each) => Reflect.ownKeys(each));
  assert.deepEqual(keysAfter, keysBefore, 'a prototype was polluted');
}
