import type { PlannedRow } from '../../activities/fleet/plan-rows.js';
import type { FleetPast, FleetSelection } from '../../activities/fleet/planning-activities.js';
import { limitsOf } from '../../contracts/fleet/fleet-limits.js';
import type { FleetPlan, FleetRow, FleetWave } from '../../contracts/fleet/fleet-plan.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import type { WindowOccurrence } from '../../contracts/fleet/maintenance.js';
import type { Warning } from '../../contracts/rebuild-plan.js';
import { countsOf, estimateOf } from './estimate.js';
import { warningsOf } from './warnings.js';
import { formWaves, orderMembers } from './waves.js';

/** Everything that a plan is made of. */
export interface PlanParts {
  readonly planId: string;
  readonly plannedAt: string;
  readonly spec: FleetSpec;
  readonly selection: FleetSelection;
  readonly past: FleetPast;
  readonly planned: readonly PlannedRow[];
  readonly ofRebuilds: readonly Warning[];
  readonly nextWindows: WindowOccurrence[];
}

/** Puts a plan together; its digest is left to who reads it whole. Pure. */
export function assemblePlan(parts: PlanParts): FleetPlan {
  const { planId, plannedAt, spec, selection, past, planned, nextWindows } = parts;
  const { rollout, rebuild: template } = spec;
  const ordered = orderMembers(
    planned.filter(({ skip }) => skip === null),
    rollout.order,
  );
  const { members, waves } = formWaves(ordered, rollout);
  const rows = rowsOf(members, waves, planned);
  const limits = limitsOf(rollout, {
    fleet: members.length,
    waves: waves.map(({ size }) => size),
    perAz: Object.fromEntries(countsOf(members.map(({ az }) => az))),
    perGroup: Object.fromEntries(countsOf(members.map(({ group }) => group))),
  });
  const estimate = estimateOf({ waves, members, limits, rebuild: past.rebuild, template });
  const { limit, used } = selection.imageQuota ?? {};
  const imagesLeft = limit == null || used == null ? null : limit - used;
  const { freeze, overlaps = [] } = past;
  const { ofRebuilds } = parts;
  const ofSelection = selection.warnings ?? [];
  const { image } = selection;
  const facts = { spec, rows, nextWindows, estimate, imagesLeft, freeze, overlaps, ofSelection, ofRebuilds, image };
  const isNew = !past.wasRebuiltOnto && planned.every(({ imageBefore }) => imageBefore !== image.imageId);
  return {
    planId,
    digest: '',
    plannedAt,
    spec,
    image: { ...image, isNew },
    waves: [...waves],
    limits,
    rows,
    estimate,
    nextWindows,
    warnings: warningsOf(facts),
  };
}

/** The rows of a plan: those that are rebuilt in their order, each with its wave, then the others by their ids. */
function rowsOf(
  members: readonly PlannedRow[],
  waves: readonly FleetWave[],
  planned: readonly PlannedRow[],
): FleetRow[] {
  const waveOf = waves.flatMap(({ size }, wave) => Array.from({ length: size }, () => wave));
  const skipped = planned
    .filter(({ skip }) => skip !== null)
    .toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  return [...members.map((row, index) => toRow(row, waveOf[index] ?? null)), ...skipped.map((row) => toRow(row, null))];
}

function toRow({ rank: _rank, ...row }: PlannedRow, wave: number | null): FleetRow {
  return { ...row, wave };
}
