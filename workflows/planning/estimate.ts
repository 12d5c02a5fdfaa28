import type { FleetLimits } from '../../contracts/fleet/fleet-limits.js';
import type { FleetPlan, FleetWave, RebuildTimes } from '../../contracts/fleet/fleet-plan.js';
import type { RebuildTemplate } from '../../contracts/fleet/fleet-spec.js';

/** What an estimate is computed from. */
export interface EstimateFacts {
  readonly waves: readonly FleetWave[];
  /** In the order of the waves. */
  readonly members: readonly { readonly az: string | null; readonly group: string | null }[];
  readonly limits: FleetLimits;
  readonly rebuild: RebuildTimes;
  readonly template: Pick<RebuildTemplate, 'backup'>;
}

/** Calls of one rebuild beside its polls, counted against the simulator with one alone: reads of a fleet share calls, so that it is rather less. */
const CALLS_A_REBUILD = 23;
/** Those of its backup: the quota, createImage, and looks at VM and image. */
const CALLS_A_BACKUP = 12;
/** Seconds between two polls of a region, by default: one poll serves all VMs that are waited for. */
const POLL_SECONDS = 5;

/** How long a fleet takes at most to rebuild, without its gates, and what that costs in API calls. Pure. */
export function estimateOf({ waves, members, limits, rebuild, template }: EstimateFacts): FleetPlan['estimate'] {
  let first = 0;
  let totalSeconds = 0;
  for (const { size } of waves) {
    const rounds = roundsOf(members.slice(first, first + size), limits);
    // In each round the slowest of some counts only at the end: the next VM begins as soon as one is done.
    totalSeconds += (rounds - 1) * rebuild.p50Seconds + rebuild.p90Seconds;
    first += size;
  }
  const each = CALLS_A_REBUILD + (template.backup === 'image' ? CALLS_A_BACKUP : 0);
  const apiCalls = members.length * each + Math.ceil(totalSeconds / POLL_SECONDS);
  return { rebuild, totalSeconds, apiCalls };
}

/** How often as many VMs as may be unavailable at a time must be taken until a wave is done. */
function roundsOf(wave: EstimateFacts['members'], { unavailable, failures }: FleetLimits): number {
  // A strict budget starts no more at once than would exhaust it, were they all to fail.
  const atOnce = failures.strict ? Math.min(unavailable.fleet, failures.fleet + 1) : unavailable.fleet;
  const rounds = [
    Math.ceil(wave.length / atOnce),
    ...roundsBy(
      wave.map(({ az }) => az),
      unavailable.perAz,
    ),
    ...roundsBy(
      wave.map(({ group }) => group),
      unavailable.perGroup,
    ),
  ];
  return Math.max(1, ...rounds);
}

function roundsBy(keys: readonly (string | null)[], limits: Readonly<Record<string, number>> | undefined): number[] {
  if (limits === undefined) return [];
  return [...countsOf(keys)].map(([key, count]) => Math.ceil(count / (limits[key] ?? count)));
}

/** How often each key occurs; null is none. */
export function countsOf(keys: readonly (string | null)[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
