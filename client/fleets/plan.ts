import { randomUUID } from 'node:crypto';
import { canonicalDigest } from '../../contracts/canonical-digest.js';
import { fleetPlanWorkflowId } from '../../contracts/fleet/fleet-ids.js';
import { FleetInput } from '../../contracts/fleet/fleet-input.js';
import {
  digestedOf,
  FleetPlan,
  type FleetRow,
  PLAN_DEADLINE_SECONDS,
  PlanRowsPage,
  rowGroupsOf,
  whyEmpty,
} from '../../contracts/fleet/fleet-plan.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { fleetOfPlan } from '../../contracts/fleet/fleet-start.js';
import { oneVmValues } from '../../contracts/fleet/one-vm-values.js';
import { PLAN_ROWS_QUERY, WORKFLOW } from '../../contracts/names.js';
import { describeRunOrNull } from '../../temporal/namespace/runs.js';
import { callTemporal, type ClientContext, closingOf, quiet } from '../connection/context.js';
import { failureOf, ReimageInvalidInputError, toReimageError } from '../connection/errors.js';
import { parseInput } from '../connection/parse-input.js';
import { askWorker } from '../connection/run-workflow.js';
import { queryRun } from '../connection/send-update.js';
import { whyNoAnswer } from '../connection/why-no-answer.js';

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

/** Fetches the rows of a plan, and computes its digest. */
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

/**
 * What `reimageFleet` is started with to do what a plan says: its VMs in their order, everything resolved.
 * @param told - what who starts it says, in the place of what the plan says
 * @throws ReimageInvalidInputError for a plan by which no VM is rebuilt, that gives a value of one VM to several, or that is
 * too large to be run
 */
export function fleetInputOf(
  plan: FleetPlan,
  told: Partial<Pick<FleetInput, 'requestedBy' | 'reason' | 'retryOf'>> = {},
): FleetInput {
  const { spec, rows } = plan;
  const members = rows.filter(({ wave }) => wave !== null);
  if (members.length === 0) {
    throw new ReimageInvalidInputError(`The plan of ${spec.name} rebuilds no VM: there is nothing to start.`, 'select');
  }
  const [first] = members.length === 1 ? [] : oneVmValues(spec.rebuild, members);
  if (first !== undefined) {
    const field = ['rebuild', ...first.path].join('.');
    throw new ReimageInvalidInputError(`Invalid input: ${field}: ${first.message}`, field);
  }
  return parseInput(FleetInput, { ...fleetOfPlan(plan), ...told });
}

/**
 * The digest of a plan: SHA-256, in hex, over the canonical JSON of everything else in it, each hundred of its rows by
 * their own such digest. Two plans of one fleet have two, since each has an id and a time of its own.
 */
export function planDigest(plan: FleetPlan): string {
  return canonicalDigest(digestedOf(plan, rowGroupsOf(plan).map(canonicalDigest)));
}

/**
 * Refuses a plan that means nobody, unless its fleet says that there may be none: a pipeline with a mistyped tag would stay
 * green for ever.
 * @throws ReimageError `NothingSelected`
 */
export function refuseIfEmpty(plan: FleetPlan): void {
  const why = plan.spec.allowEmpty === true ? null : whyEmpty(plan);
  if (why !== null) throw toReimageError(failureOf('NothingSelected', `${why}. Nothing was started.`));
}
