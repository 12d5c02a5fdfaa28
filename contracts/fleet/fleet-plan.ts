import * as z from 'zod';
import { unknownRegionNote } from '../ids.js';
import { ImageOrigin, OtherImages, Warning } from '../rebuild-plan.js';
import { FleetLimits } from './fleet-limits.js';
import { FleetSpec } from './fleet-spec.js';
import { WindowOccurrence } from './maintenance.js';

/** Why a selected VM is left alone. Stable words: portals may decide on them. */
export const SKIPS = ['already-on-image', 'excluded', 'protected', 'busy', 'validation-failed'] as const;

/** One VM in a plan. */
export const FleetRow = z.object({
  instanceId: z.string(),
  name: z.string().nullable(),
  az: z.string().nullable(),
  /** Value of the tag that the policy's limits name. */
  group: z.string().nullable(),
  /** JD Cloud's status when the plan was made. */
  status: z.string(),
  imageBefore: z.string().nullable(),
  /** Null: it is rebuilt, which erases its system disk. `reasons`: every one of them. */
  skip: z.object({ code: z.enum(SKIPS), reasons: z.array(z.string()) }).nullable(),
  /** What its health checks, or JD Cloud, say against it already; null: nothing. */
  unhealthyReason: z.string().nullable(),
  /** Which wave takes it, from 0; null for one that is skipped. */
  wave: z.int().nullable(),
});
export type FleetRow = z.output<typeof FleetRow>;

/** A wave: its VMs follow one another in the order of the plan. */
export const FleetWave = z.object({ name: z.string(), size: z.int() });
export type FleetWave = z.output<typeof FleetWave>;

/** How long rebuilds take, as seconds: the median and the 90th percentile of this namespace's own, where it has any. */
export const RebuildTimes = z.object({
  p50Seconds: z.number(),
  p90Seconds: z.number(),
  /** How many finished rebuilds it was computed from; 0: assumed, since there are none. */
  samples: z.int(),
});
export type RebuildTimes = z.output<typeof RebuildTimes>;

/** What reimaging a fleet would do. Nothing was touched to make it. */
export const FleetPlan = z
  .object({
    /** Id of the workflow that made it. */
    planId: z.string(),
    /** SHA-256 over everything below; who approves, approves this. */
    digest: z.string(),
    plannedAt: z.iso.datetime(),
    spec: FleetSpec,
    image: z.object({
      imageId: z.string(),
      name: z.string().nullable(),
      /** No VM of the selection has it yet, and no rebuild onto it was done before in this namespace. */
      isNew: z.boolean(),
      origin: ImageOrigin.optional(),
      /** What else has such a name; absent where the image was named by its id. */
      others: OtherImages.optional(),
    }),
    waves: z.array(FleetWave),
    limits: FleetLimits,
    /** All selected VMs; those that are rebuilt first, in the order in which they are taken. */
    rows: z.array(FleetRow),
    estimate: z.object({
      rebuild: RebuildTimes,
      /** From the first start to the last end, without gates. */
      totalSeconds: z.number(),
      apiCalls: z.int(),
    }),
    /** The next openings of the maintenance windows; empty without any windows. */
    nextWindows: z.array(WindowOccurrence),
    warnings: z.array(Warning),
  })
  .meta({ id: 'FleetPlan' });
export type FleetPlan = z.output<typeof FleetPlan>;

/** Rows that are digested together: as many as one activity plans, so that what has passed there as a payload does so again. */
const ROWS_A_DIGEST = 100;

/** The rows of a plan in the groups that are digested each for itself: ten thousand of them fit into no payload. */
export function rowGroupsOf({ rows }: Pick<FleetPlan, 'rows'>): FleetRow[][] {
  return Array.from({ length: Math.ceil(rows.length / ROWS_A_DIGEST) }, (_, group) =>
    rows.slice(group * ROWS_A_DIGEST, (group + 1) * ROWS_A_DIGEST),
  );
}

/** What the digest of a plan is computed over: all else in it, with the digests of its groups of rows in place of the rows. */
export function digestedOf(
  { digest: _digest, rows: _rows, ...plan }: FleetPlan,
  rowDigests: readonly string[],
): object {
  return { ...plan, rows: rowDigests };
}

/** Longest that a plan may take to be made; health checks of ten thousand VMs are what takes long. */
export const PLAN_DEADLINE_SECONDS = 3600;

/** A page of a plan's rows, as the query `rows` answers it. `nextOffset` null: the last one. */
export const PlanRowsPage = z.object({ rows: z.array(FleetRow), nextOffset: z.int().nullable() });
export type PlanRowsPage = z.output<typeof PlanRowsPage>;

/**
 * Why a plan means nobody, where it does: a mistyped tag selects no VM, and a pattern that is too wide excludes them all.
 * Null where VMs are left, rebuilt or not. Ends no sentence: `allowEmpty` of the fleet says whether it may be.
 */
export function whyEmpty({ spec, rows }: Pick<FleetPlan, 'spec' | 'rows'>): string | null {
  if (rows.length === 0) return `${spec.name} selects no VM of ${spec.regionId}${unknownRegionNote(spec.regionId)}`;
  if (rows.some(({ skip }) => skip?.code !== 'excluded')) return null;
  const all = rows.length === 1 ? 'the only VM' : `all ${rows.length} VMs`;
  return `${spec.name} excludes ${all} that it selects`;
}
