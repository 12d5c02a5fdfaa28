import { ApplicationFailure, type WorkflowFailedError } from '@temporalio/client';
import type * as z from 'zod';
import {
  FleetResult,
  FleetSummary,
  MemberPage,
  type MemberProgress,
  type MemberQuery,
} from '../../contracts/fleet/fleet-progress.js';
import { parseRebuildWorkflowId } from '../../contracts/ids.js';
import { FLEET_QUERY } from '../../contracts/names.js';
import type { Phase } from '../../contracts/rebuild-progress.js';
import { taskFailureText, unreadableText } from '../../contracts/task-failure.js';
import { listRuns, type RunDescription } from '../../temporal/namespace/runs.js';
import { readTaskFailure } from '../../temporal/namespace/task-failure.js';
import { callTemporal, type ClientContext, type Closing, closingOrUnreadable } from '../connection/context.js';
import { failureOf, toReimageError } from '../connection/errors.js';
import { type Query, queryRun } from '../connection/send-update.js';
import { whyNoQuery } from '../connection/why-no-answer.js';
import { operationFromInfo } from '../rebuilds/operation.js';
import { findFleet, type FleetLookup } from './find.js';
import { rebuildsOfFleet } from './member-rebuilds.js';
import { fleetFromInfo, type FleetOperation } from './operation.js';

/** A query needs a worker; nobody wants to wait long for one that is not there. */
const QUERY_TIMEOUT_MS = 5_000;

/**
 * Reads one fleet whole: with its summary while it runs, with its result when it has ended.
 * @throws ReimageNotFoundError `FleetNotFound` · ReimageUnreachableError
 */
export async function readFleet(context: ClientContext, lookup: FleetLookup): Promise<FleetOperation> {
  const description = await findFleet(context, lookup);
  const fleet = fleetOf(context, description);
  if (!fleet.isRunning) return await withResult(context, fleet);
  const { summary, ...why } = await readSummary(context, description);
  if (summary === null) return { ...fleet, ...why };
  return { ...fleet, summary, status: summary.status, startedAt: summary.startedAt };
}

/** The fleet that a description is of, without asking a worker. */
export function fleetOf(context: ClientContext, description: RunDescription): FleetOperation {
  const fleet = fleetFromInfo(description, context);
  if (fleet !== null) return fleet;
  throw toReimageError(failureOf('Unexpected', `${description.workflowId} is no fleet.`));
}

/** A run whose workflow task fails cannot be asked. */
async function readSummary(
  context: ClientContext,
  description: RunDescription,
): Promise<Pick<FleetOperation, 'summary' | 'note' | 'taskFailure'>> {
  const { workflowId, runId } = description;
  const handle = context.client.workflow.getHandle(workflowId, runId);
  const taskFailure = await callTemporal(context, () => readTaskFailure(context.client, description));
  if (taskFailure !== null) return { summary: null, taskFailure, note: taskFailureText(taskFailure) };
  try {
    const what = `a worker (to tell how far ${workflowId} is)`;
    const answer = await callTemporal(context, () => handle.query(FLEET_QUERY.summary), QUERY_TIMEOUT_MS, { what });
    return { summary: FleetSummary.parse(answer), note: null };
  } catch (error) {
    context.signal?.throwIfAborted();
    return { summary: null, note: await whyNoQuery(context, description, FLEET_QUERY.summary, error) };
  }
}

async function withResult(context: ClientContext, fleet: FleetOperation): Promise<FleetOperation> {
  const handle = context.client.workflow.getHandle(fleet.operationId, fleet.runId, { followRuns: false });
  const closing = await closingOrUnreadable(context, handle);
  if ('unreadable' in closing) {
    const unreadable = fleet.unreadable ?? closing.unreadable;
    return { ...fleet, unreadable, note: `its result is ${unreadableText(unreadable)}` };
  }
  const result = FleetResult.safeParse('value' in closing ? closing.value : detailOf(closing.error));
  if (!result.success) return { ...fleet, note: wordlessEnd(closing) };
  const { outcome, startedAt, finishedAt } = result.data;
  return { ...fleet, status: outcome, startedAt, finishedAt, result: result.data };
}

function detailOf({ cause }: WorkflowFailedError): unknown {
  return cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
}

/** Rebuilds under way are no part of a fleet's run: they go on whatever happens to it. */
function wordlessEnd(closing: Closing): string {
  if ('value' in closing) return 'it ended with something that this version of Reimage cannot read';
  const { cause, message } = closing.error;
  return `it ended without a result (${cause?.message ?? message}); rebuilds that were under way go on: see \`reimage list\``;
}

/**
 * The phase of each VM of a fleet whose rebuild is under way, by its id, from Temporal's index, which lags by a moment.
 * @throws ReimageUnreachableError
 */
export async function phasesUnderWay(
  context: ClientContext,
  fleet: Pick<FleetOperation, 'fleetId' | 'regionId'>,
): Promise<Map<string, Phase>> {
  const query = `${rebuildsOfFleet(fleet)} AND ExecutionStatus = 'Running'`;
  return await callTemporal(context, async () => {
    const phases = new Map<string, Phase>();
    for await (const info of listRuns(context.client, { query })) {
      const phase = operationFromInfo(info, context)?.phase;
      const vm = parseRebuildWorkflowId(info.workflowId);
      if (phase != null && vm !== null) phases.set(vm.instanceId, phase);
    }
    return phases;
  });
}

/** Which VMs of a fleet: those in one of these states, or all. */
export type MembersFilter = Pick<z.input<typeof MemberQuery>, 'states'>;

/** A page may have to wait for a worker that replays the fleet first. */
const PAGE_TIMEOUT_MS = 30_000;
const PAGE_SIZE = 500;

/** All VMs of a fleet, or those in some states, in the order in which they are taken. @throws ReimageUnreachableError (also: no worker) */
export async function readMembers(
  context: ClientContext,
  { operationId, runId }: Pick<FleetOperation, 'operationId' | 'runId'>,
  { states }: MembersFilter = {},
): Promise<MemberProgress[]> {
  const handle = context.client.workflow.getHandle(operationId, runId);
  const members: MemberProgress[] = [];
  for (let offset: number | null = 0; offset !== null;) {
    const query: z.input<typeof MemberQuery> = {
      offset,
      limit: PAGE_SIZE,
      ...(states !== undefined && { states: [...states] }),
    };
    const what = `the VMs of ${operationId} from ${offset} on`;
    const asked: Query = { handle, queryType: FLEET_QUERY.members, args: [query], what, timeoutMs: PAGE_TIMEOUT_MS };
    const page: MemberPage = parsePage(await queryRun(context, asked), operationId);
    members.push(...page.members);
    offset = page.nextOffset;
  }
  return members;
}

function parsePage(answer: unknown, operationId: string): MemberPage {
  const page = MemberPage.safeParse(answer);
  if (page.success) return page.data;
  const message = `The worker's answer on the VMs of ${operationId} is one that this version of Reimage cannot read.`;
  throw toReimageError(failureOf('Unexpected', message, 'Use the same version of Reimage as the worker.'));
}
