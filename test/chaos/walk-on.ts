import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { arbitraryWalk, type WalkSize } from './arbitrary-walk.js';
import { violationsOf } from './judge.js';
import { ownScope } from './own-scope.js';
import { type Played, playWalk } from './play-walk.js';
import type { Pace } from './stage.js';
import { storiesOf } from './stories.js';
import type { Walk } from './walk.js';
import type { StartWorkers } from './workers.js';

export interface WalkOptions {
  readonly size: WalkSize;
  readonly pace: Pace;
  readonly startWorkers: StartWorkers;
  readonly onPlayed?: (played: Played) => void;
}

/** A walk that broke a promise. */
export interface Failed {
  /** Draws the same walk again. */
  readonly seed: number;
  readonly violations: readonly string[];
  readonly stories: readonly string[];
}

/** Draws a walk from its seed and plays it to its end. @returns null when every promise was kept */
export async function playSeed(seed: number, options: WalkOptions): Promise<Failed | null> {
  const { size, pace, startWorkers, onPlayed } = options;
  const scope = ownScope();
  try {
    const played = await playWalk(scope, walkOf(seed, size), pace, startWorkers);
    onPlayed?.(played);
    const violations = violationsOf(played);
    return violations.length === 0 ? null : { seed, violations, stories: storiesOf(played, violations) };
  } finally {
    await scope.end();
  }
}

/** The same walk for the same seed and size. */
function walkOf(seed: number, size: WalkSize): Walk {
  const [walk] = fc.sample(arbitraryWalk(size), { seed, numRuns: 1 });
  if (walk === undefined) throw new Error('No walk was drawn.');
  return walk;
}

/** The seed of the n-th walk of a series. Seeds that are neighbours would draw walks that are alike. */
export function seedOf(series: number, n: number): number {
  return createHash('sha256').update(`${series}:${n}`).digest().readUInt32BE() >>> 1;
}

/** How a violation is told, with what plays its walk again. */
export function describeFailed({ seed, violations, stories }: Failed): string {
  return [`REIMAGE_TEST_SEED=${seed} plays the walk again in which:`, ...violations, ...stories].join('\n');
}
