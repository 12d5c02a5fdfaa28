import fc from 'fast-check';
import { type Kill, REBUILDS } from './kill-rounds.js';

/** About how many calls that change something 50 rebuilds make. */
const CALLS = REBUILDS * 2.5;

/** Kills at drawn moments of a round, the same for the same seed. */
export function drawnKills(seed: number, what: readonly Kill['what'][]): Kill[] {
  const afterCalls = fc.noBias(fc.integer({ min: 1, max: Math.floor(CALLS) }));
  const moments = fc.array(afterCalls, { minLength: what.length, maxLength: what.length });
  const [drawn = []] = fc.sample(moments, { seed, numRuns: 1 });
  return what.map((each, index) => ({ what: each, afterCalls: drawn[index] ?? 1 }));
}
