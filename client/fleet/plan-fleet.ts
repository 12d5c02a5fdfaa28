import { randomUUID } from 'node:crypto';
import { fleetPlanWorkflowId } from '../../contracts/fleet/fleet-ids.js';
import { FleetPlan, type FleetRow } from '../../contracts/fleet/fleet-plan.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { PLAN_DEADLINE_SECONDS, PlanRowsPage } from '../../contracts/fleet/plan-rows.js';
import { PLAN_ROWS_QUERY, WORKFLOW } from '../../contracts/names.js';
import { describeRunOrNull } from '../../temporal/read-runs.js';
import { askWorker } from '../ask-worker.js';
import { callTemporal, type ClientContext, quiet } from '../client-context.js';
import { queryRun } from '../query-run.js';
import { closingOf } from '../closing.js';
import { failureOf, toReimageError } from '../reimage-errors.js';
import { whyNoAnswer } from '../why-no-answer.js';
import { planDigest } from './plan-digest.js';

/** Longest that a page of rows may take: a worker that does not have the plan at hand replays it first. */
const PAGE_TIMEOUT_MS = 60_000;

/**
 * Plans the reimage of a fleet; nothing is touched. Needs a worker.
 * @param workerTimeoutMs - after which a plan that no worker has taken up is given up
 * @throws ReimageNotFoundError for ids of VMs that there are not · ReimageUnreachableError (also: no worker) ·
 * ReimageError, `InvalidInput` for an image or a zone that there is not
 */
export async function planFleet(context: ClientContext, spec: FleetSpec, workerTimeoutMs?: number): Promise<FleetPlan> {
  const planId = fleetPlanWorkflowId(spec, randomUUID());
  const plan = await askWorker(context, {
    workflow: WORKFLOW.planFleet,
    workflowId: planId,
    input: spec,
    deadlineMs: PLAN_DEADLINE_SECONDS * 1000,
    summary: `plan the reimage of ${spec.name}; touches nothing`,
    answer: FleetPlan,
    workerTimeoutMs,
  });
  return await wholePlan(context, plan);
}

/**
 * Reads a plan that was made before, as long as the namespace keeps it. Needs a worker.
 * @throws ReimageNotFoundError when the namespace knows no such plan · ReimageUnreachableError
 */
export async function readPlan(context: ClientContext, planId: string): Promise<FleetPlan> {
  const handle = context.client.workflow.getHandle(planId);
  const description = await callTemporal(context, () => describeRunOrNull(context.client, planId));
  if (description?.type !== WORKFLOW.planFleet) throw noSuchPlan(planId);
  const closing = await callTemporal(context, () => closingOf(handle), PLAN_DEADLINE_SECONDS * 1000, {
    what: `the end of ${planId}`,
    lastError: () => whyNoAnswer(quiet(context), handle),
  });
  const plan = FleetPlan.safeParse('value' in closing ? closing.value : null);
  if (!plan.success) throw noSuchPlan(planId);
  return await wholePlan(context, plan.data);
}

function noSuchPlan(planId: string) {
  const message = `This Temporal namespace knows of no plan ${planId} that was made.`;
  return toReimageError(failureOf('OperationNotFound', message, 'Check plan id and namespace, or plan again.'));
}

/** Fetches the rows of a plan, and reckons its digest. */
async function wholePlan(context: ClientContext, plan: FleetPlan): Promise<FleetPlan> {
  const rows: FleetRow[] = [];
  for (let offset: number | null = 0; offset !== null;) {
    const page: PlanRowsPage = await readPage(context, plan.planId, offset);
    rows.push(...page.rows);
    offset = page.nextOffset;
  }
  const whole = { ...plan, rows };
  return { ...whole, digest: planDigest(whole) };
}

async function readPage(context: ClientContext, planId: string, offset: number): Promise<PlanRowsPage> {
  const handle = context.client.workflow.getHandle(planId);
  const what = `the rows of ${planId} from ${offset} on`;
  const asked = { handle, queryType: PLAN_ROWS_QUERY, args: [offset], what, timeoutMs: PAGE_TIMEOUT_MS } as const;
  const answer = await queryRun(context, asked);
  const page = PlanRowsPage.safeParse(answer);
  if (page.success) return page.data;
  const message = `The worker's rows of ${planId} are ones that this version of Reimage cannot read.`;
  throw toReimageError(failureOf('Unexpected', message, 'Use the same version of Reimage as the worker.'));
}
