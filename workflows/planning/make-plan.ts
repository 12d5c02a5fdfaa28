import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { FleetSelection } from '../../activities/fleet/planning-activities.js';
import {
  digestedOf,
  type FleetPlan,
  type FleetRow,
  PLAN_DEADLINE_SECONDS,
  type PlanRowsPage,
  rowGroupsOf,
} from '../../contracts/fleet/fleet-plan.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { fleetOfPlan } from '../../contracts/fleet/fleet-start.js';
import { whyTooLarge } from '../../contracts/fleet/rollout-policy.js';
import { jsonBytes } from '../../contracts/utf8-text.js';
import { activitiesUnder } from '../runtime/retry-policies.js';
import { assemblePlan } from './assemble-plan.js';

/** VMs of one activity. JD Cloud gives as many in one call. */
const ROWS_A_PAGE = 100;
/** Openings of the maintenance windows that a plan tells. */
const OCCURRENCES = 5;

/**
 * Makes the plan of a fleet, whole but for its digest. Touches nothing.
 * @throws ActivityFailure · ApplicationFailure InvalidInput for a fleet that is too large to be run
 */
export async function makePlan(spec: FleetSpec): Promise<FleetPlan> {
  const { workflowId: planId, startTime } = workflowInfo();
  const plannedAt = startTime.toISOString();
  const {
    nextWindows: readNextWindows,
    selectFleet,
    readPlanningContext,
  } = activitiesUnder('probe', PLAN_DEADLINE_SECONDS * 1000);
  const { maintenance } = spec.rollout;
  const nextWindows =
    maintenance === undefined ? [] : await readNextWindows({ maintenance, from: plannedAt, count: OCCURRENCES });
  const selection = await selectFleet(spec);
  const { planned, ofRebuilds } = await planAll(spec, selection);
  const past = await readPlanningContext({
    regionId: spec.regionId,
    imageId: selection.image.imageId,
    hasBackup: spec.rebuild.backup === 'image',
    instanceIds: leftIn(selection),
  });
  const plan = assemblePlan({ planId, plannedAt, spec, selection, past, planned, ofRebuilds, nextWindows });
  refuseIf(whyNotRun(plan));
  return plan;
}

/** Those that are selected and not excluded. */
function leftIn({ instanceIds, excluded }: FleetSelection): string[] {
  const isExcluded = new Set(excluded);
  return instanceIds.filter((id) => !isExcluded.has(id));
}

function refuseIf(why: string | null): void {
  if (why !== null) throw ApplicationFailure.nonRetryable(`Invalid fleet. ${why}`, 'InvalidInput');
}

/** Plans all VMs, some pages at a time, in the order of the selection. */
async function planAll(spec: FleetSpec, { instanceIds, excluded, image, imageQuota }: FleetSelection) {
  const { planFleetRows } = activitiesUnder('probe', PLAN_DEADLINE_SECONDS * 1000);
  const { regionId, skipMatching, rebuild, rollout } = spec;
  const isExcluded = new Set(excluded);
  const count = Math.ceil(instanceIds.length / ROWS_A_PAGE);
  const pagesOfIds = Array.from({ length: count }, (_, page) =>
    instanceIds.slice(page * ROWS_A_PAGE, (page + 1) * ROWS_A_PAGE),
  );
  const ofAll = { regionId, skipMatching, rebuild, rollout };
  refuseIf(whyNotPlanned(ofAll, { vms: instanceIds.length, requests: count }));
  const pages = await mapConcurrent(pagesOfIds, (ids) =>
    planFleetRows({
      spec: ofAll,
      imageId: image.imageId,
      instanceIds: ids,
      excluded: ids.filter((id) => isExcluded.has(id)),
      imageQuota,
    }),
  );
  return { planned: pages.flatMap(({ rows }) => rows), ofRebuilds: pages.flatMap(({ warnings }) => warnings) };
}

const DIGEST_DEADLINE_MS = 600_000;

/** The digest of a plan, as the library computes it for a plan that it reads. @throws ActivityFailure */
export async function digestOfPlan(plan: FleetPlan): Promise<string> {
  const { computeDigest } = activitiesUnder('call', DIGEST_DEADLINE_MS);
  return await computeDigest(digestedOf(plan, await mapConcurrent(rowGroupsOf(plan), (rows) => computeDigest(rows))));
}

/** Activities that are asked for at a time: their inputs go to the server in one message, which takes 4 MB. */
const CONCURRENCY = 4;

/** Does something with each item, some at a time. The answers are in the order of the items, whichever is ready first. */
export async function mapConcurrent<Item, Answer>(
  items: readonly Item[],
  work: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  const left = items.entries();
  const lane = async () => {
    for (const [index, item] of left) answers[index] = await work(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  return answers;
}

const MOST_ROWS = 1000;
/** Signs of JSON; in UTF-8 they may be three times as many bytes, and Temporal takes no answer over 2 MB. */
const MOST_CHARACTERS = 500_000;

/** A page of rows from an offset on: as many as one answer may hold, and one at least. Pure. */
export function pageOfRows(rows: readonly FleetRow[], offset: number): PlanRowsPage {
  let end = offset;
  for (let characters = 0; end < rows.length && end - offset < MOST_ROWS; end += 1) {
    characters += JSON.stringify(rows[end]).length;
    if (characters > MOST_CHARACTERS && end > offset) break;
  }
  return { rows: rows.slice(offset, end), nextOffset: end < rows.length ? end : null };
}

/** Bytes of requests that one plan may send to activities: Temporal ends a history of 50 MB. */
const MOST_REQUEST_BYTES = 25_000_000;

/** Why no plan is made: what each request says of all VMs would make too long a history; null: it fits. Pure. */
export function whyNotPlanned(
  spec: Pick<FleetSpec, 'rebuild' | 'rollout'>,
  { vms, requests }: { readonly vms: number; readonly requests: number },
): string | null {
  const bytes = jsonBytes(spec);
  if (requests * bytes <= MOST_REQUEST_BYTES) return null;
  const most = Math.floor(MOST_REQUEST_BYTES / requests);
  return `rebuild: is too large: for ${vms} VMs \`rebuild\` and \`rollout\` may be ${most} bytes of JSON, and are ${bytes}.`;
}

/** Why the fleet of a plan could not be run; null: it fits. Pure. */
export function whyNotRun(plan: FleetPlan): string | null {
  const why = whyTooLarge(fleetOfPlan(plan));
  return why === null ? null : `rebuild: ${why}`;
}
