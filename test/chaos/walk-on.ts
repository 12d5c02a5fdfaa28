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
  readonly seed: number;
  /** Of one walk that a failure has printed: it alone is played. */
  readonly path?: string;
  /** Walks at most. */
  readonly walks: number;
  /** No walk begins later. */
  readonly until?: number;
  readonly onPlayed?: (played: Played) => void;
}

/** What ends a series of walks before its end. */
export interface Failed {
  readonly seed: number;
  readonly path: string;
  readonly why: string;
}

/** Plays walks one after the other, all drawn from one seed, up to the first violation. @returns null when there is none */
export async function walkOn(options: WalkOptions): Promise<Failed | null> {
  const { size, seed, path, walks, until = Infinity } = options;
  const play = async (walk: Walk) => {
    if (Date.now() < until) await playOne(walk, options);
  };
  // A smaller walk that fails is not looked for: what breaks depends on the moment, too.
  const settings = { seed, numRuns: walks, endOnFailure: true, ...(path !== undefined && { path }) };
  const details = await fc.check(fc.asyncProperty(arbitraryWalk(size), play), settings);
  if (!details.failed) return null;
  const error = details.errorInstance;
  const why = error instanceof Error ? error.message : String(error);
  return { seed, path: details.counterexamplePath ?? '', why };
}

async function playOne(walk: Walk, { pace, startWorkers, onPlayed }: WalkOptions): Promise<void> {
  const scope = ownScope();
  try {
    const played = await playWalk(scope, walk, pace, startWorkers);
    onPlayed?.(played);
    const violations = violationsOf(played);
    if (violations.length > 0) throw new Error([...violations, ...storiesOf(played, violations)].join('\n'));
  } finally {
    await scope.end();
  }
}

/** How a violation is told, with what replays it. */
export function describeFailed({ seed, path, why }: Failed): string {
  return `REIMAGE_TEST_SEED=${seed}/${path} replays the walk in which:\n${why}`;
}
