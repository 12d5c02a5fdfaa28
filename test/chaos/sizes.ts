import type { WalkSize } from './arbitrary-walk.js';
import type { Pace } from './stage.js';

/** Walks with workers in this process, short enough for `npm test`. */
export const SHORT: { readonly size: WalkSize; readonly pace: Pace } = {
  size: { members: 8, eventsEach: 3, kills: 1, stallMs: 2_000 },
  pace: { deadlineSeconds: 8, transitionMs: 300, calmAfterMs: 15_000, endsWithinMs: 90_000 },
};

/** Walks with worker processes: what a killed worker was at is taken up again only after 30 s. */
export const LONG: { readonly size: WalkSize; readonly pace: Pace } = {
  size: { members: 16, eventsEach: 4, kills: 2, stallMs: 35_000 },
  pace: { deadlineSeconds: 90, transitionMs: 1_000, calmAfterMs: 40_000, endsWithinMs: 300_000 },
};
