import { canonicalDigest } from '../../contracts/canonical-digest.js';
import type { RebuildTimes } from '../../contracts/fleet/fleet-plan.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import type { Maintenance, WindowOccurrence } from '../../contracts/fleet/maintenance.js';
import type { Freeze } from '../../contracts/freeze.js';
import type { Quota } from '../../jdcloud/schemas.js';
import type { VmApi } from '../../jdcloud/vm-api.js';
import { readImageQuota } from '../checks/read-facts.js';
import { failure } from '../runtime/failure.js';
import type { Unanswered } from '../runtime/heartbeat.js';
import { askFreeze, type Namespace } from '../runtime/namespace.js';
import type { Timing } from '../runtime/time.js';
import { occurrencesFrom, UnknownZoneError } from './next-windows.js';
import { readingMany } from './observe-activities.js';
import { pinImage, type PinnedImage } from './pin-image.js';
import { type PlannedRows, planRows, type PlanRowsDeps, type PlanRowsInput } from './plan-rows.js';
import { type FleetVms, selectFleetVms } from './select.js';
import { type FleetOverlap, overlapsOf } from './selection-warnings.js';

export interface FleetPlanningDeps extends PlanRowsDeps {
  readonly api: Pick<VmApi, 'describeInstances' | 'describeImages' | 'describeQuotas'>;
  readonly namespace: Namespace;
  readonly timing: Timing;
  readonly unanswered?: Unanswered;
}

/** The VMs and the image of a fleet, small enough for one payload with ten thousand of them. */
export interface FleetSelection extends FleetVms {
  readonly image: PinnedImage;
  /** Private images that the account may have, and has; null where no backup is asked for, or JD Cloud does not say. */
  readonly imageQuota: Quota | null;
}

export interface OccurrencesInput {
  readonly maintenance: Maintenance;
  /** ISO 8601. */
  readonly from: string;
  readonly count: number;
}

/** What the namespace knows that matters to a fleet. */
export interface FleetPast {
  readonly rebuild: RebuildTimes;
  /** Whether a rebuild onto the image was done before. */
  readonly wasRebuiltOnto: boolean;
  readonly freeze: Freeze | null;
  /** Other fleets under way that have VMs of the plan. Absent in histories of before. */
  readonly overlaps?: readonly FleetOverlap[];
}

/** What is asked of the past. */
export interface PastInput {
  readonly regionId: string;
  readonly imageId: string;
  readonly hasBackup: boolean;
  /** Those that the fleet selects and does not exclude. */
  readonly instanceIds?: readonly string[];
}

/** Plans fleets. Touches nothing. */
export function createFleetPlanningActivities(deps: FleetPlanningDeps) {
  const doing = <T>(regionId: string, work: (signal: AbortSignal) => Promise<T>) => readingMany(deps, regionId, work);
  return {
    /**
     * Resolves the selectors of a fleet, and pins its image.
     * @throws ApplicationFailure InvalidInput without such an image, or with too many VMs · VmNotFound naming ids ·
     * JdCloudUnavailable and TemporalUnreachable (retryable) · refusals
     */
    selectFleet: (spec: FleetSpec): Promise<FleetSelection> =>
      doing(spec.regionId, async (signal) => {
        const [vms, image, imageQuota] = await Promise.all([
          selectFleetVms(deps, spec, signal),
          pinImage(deps, spec, signal),
          readImageQuota(deps.api, { backup: spec.rebuild.backup, regionId: spec.regionId }, signal),
        ]);
        return { ...vms, image, imageQuota: imageQuota ?? null };
      }),

    /** Plans up to 100 VMs. @throws ApplicationFailure JdCloudUnavailable (retryable) · refusals */
    planFleetRows: (input: PlanRowsInput): Promise<PlannedRows> =>
      doing(input.spec.regionId, (signal) => planRows(deps, input, signal)),

    /**
     * The next openings of maintenance windows, in order; the first may be one that is open at `from`.
     * @throws ApplicationFailure InvalidInput for a zone that is not known
     */
    nextWindows: async ({ maintenance, from, count }: OccurrencesInput): Promise<WindowOccurrence[]> => {
      try {
        return occurrencesFrom(maintenance, from, count);
      } catch (error) {
        if (!(error instanceof UnknownZoneError)) throw error;
        throw failure('InvalidInput', `rollout.maintenance.zone: ${error.message}.`);
      }
    },

    /**
     * What finished rebuilds and a freeze of this namespace say about a fleet.
     * @throws ApplicationFailure TemporalUnreachable, or what the SDK throws, when it cannot be asked: both retryable
     */
    readPlanningContext: ({ regionId, imageId, hasBackup, instanceIds = [] }: PastInput) =>
      doing(regionId, async (): Promise<FleetPast> => {
        const [seconds, wasRebuiltOnto, freeze, fleets] = await Promise.all([
          deps.namespace.doneRebuilds({ regionId, hasBackup }),
          deps.namespace.wasRebuiltOnto(imageId),
          askFreeze(deps.namespace),
          deps.namespace.membersOfFleets(regionId),
        ]);
        const overlaps = overlapsOf(fleets, instanceIds);
        return { rebuild: rebuildTimesOf(seconds, hasBackup), wasRebuiltOnto, freeze, overlaps };
      }),
  };
}

/** Computes digests for workflows, whose sandbox has no node:crypto. */
export const digestActivities = {
  /** SHA-256, in hex, over the canonical JSON of a value. */
  computeDigest: async (value: unknown): Promise<string> => canonicalDigest(value),
};

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
