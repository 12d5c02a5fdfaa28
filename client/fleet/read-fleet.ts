import { ApplicationFailure, type WorkflowFailedError } from '@temporalio/client';
import { FleetSummary } from '../../contracts/fleet/fleet-progress.js';
import { FleetResult } from '../../contracts/fleet/fleet-result.js';
import { FLEET_QUERY } from '../../contracts/names.js';
import { taskFailureText } from '../../contracts/task-failure.js';
import { unreadableText } from '../../contracts/unreadable.js';
import type { RunDescription } from '../../temporal/read-runs.js';
import { readTaskFailure } from '../../temporal/task-failure.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { type Closing, closingOrUnreadable } from '../closing.js';
import { failureOf, toReimageError } from '../reimage-errors.js';
import { whyNoQuery } from '../why-no-answer.js';
import { findFleet, type FleetLookup } from './find-fleet.js';
import { fleetFromInfo, type FleetOperation } from './fleet-operation.js';

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
