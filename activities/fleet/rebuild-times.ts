import type { RebuildTimes } from '../../contracts/fleet/fleet-plan.js';

/** What is taken for a rebuild where none was ever done, as seconds. JD Cloud states no times: these are cautious ones. */
export const ASSUMED = {
  plain: { p50Seconds: 300, p90Seconds: 600 },
  backup: { p50Seconds: 900, p90Seconds: 1800 },
} as const;

/** Median and 90th percentile, by nearest rank, of how long rebuilds took. @param seconds - in any order */
export function rebuildTimesOf(seconds: readonly number[], hasBackup: boolean): RebuildTimes {
  if (seconds.length === 0) return { ...(hasBackup ? ASSUMED.backup : ASSUMED.plain), samples: 0 };
  const sorted = seconds.toSorted((a, b) => a - b);
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50Seconds: rank(0.5), p90Seconds: rank(0.9), samples: seconds.length };
}
