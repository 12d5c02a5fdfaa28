import type { ScheduleExecutionResult } from '@temporalio/client';
import { MEMO, WORKFLOW } from '../../contracts/names.js';
import type { TaskFailure } from '../../contracts/task-failure.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import type { RunDescription } from '../../temporal/read-runs.js';
import { readTaskFailure } from '../../temporal/task-failure.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { describeFleet, findFleet } from '../fleet/find-fleet.js';
import { fleetFromInfo } from '../fleet/fleet-operation.js';
import { ReimageNotFoundError } from '../reimage-errors.js';
import type { Firing } from './schedule-state.js';

/** What has become of firings, newest first. @throws ReimageUnreachableError */
export async function readFirings(
  context: ClientContext,
  actions: readonly ScheduleExecutionResult[],
): Promise<Firing[]> {
  return await Promise.all(actions.toReversed().map((action) => readFiring(context, action)));
}

async function readFiring(
  context: ClientContext,
  { scheduledAt, takenAt, action }: ScheduleExecutionResult,
): Promise<Firing> {
  const { workflowId: operationId } = action.workflow;
  const firing = { dueAt: scheduledAt.toISOString(), startedAt: takenAt.toISOString(), operationId };
  const description = await describeFleet(context, operationId);
  if (description === null)
    return { ...firing, fleetId: null, status: 'forgotten', leftAlone: null, triggeredBy: null };
  const told = {
    leftAlone: textOf(description.memo?.[MEMO.skipped]),
    triggeredBy: textOf(description.memo?.[MEMO.triggeredBy]),
  };
  const found = await fleetOfFiring(context, description);
  const fleet = found && fleetFromInfo(found, context);
  const { unreadable } = description;
  const failing = (await taskFailureOf(context, description)) ?? (found && (await taskFailureOf(context, found)));
  const all = {
    ...told,
    ...(failing !== null && { taskFailure: failing }),
    ...(unreadable !== null && { unreadable }),
  };
  if (fleet !== null) return { ...firing, fleetId: fleet.fleetId, status: fleet.status, ...all };
  return { ...firing, fleetId: null, status: statusWithoutFleet(description), ...all };
}

async function taskFailureOf(context: ClientContext, run: RunDescription): Promise<TaskFailure | null> {
  return await callTemporal(context, () => readTaskFailure(context.client, run));
}

function textOf(memo: unknown): string | null {
  return typeof memo === 'string' && memo !== '' ? memo : null;
}

/** It ends as its fleet does, also where the index does not know that one yet, or any more. */
function statusWithoutFleet({ status: { name } }: RunDescription): Firing['status'] {
  if (name === 'RUNNING') return 'planning';
  return name === 'COMPLETED' ? 'done' : 'failed';
}

/** The fleet that a firing has started; null where there is none, or it was forgotten. */
async function fleetOfFiring(context: ClientContext, description: RunDescription): Promise<RunDescription | null> {
  // Firings of older workers became the fleet themselves.
  if (description.type === WORKFLOW.reimageFleet) return description;
  const { memo, typedSearchAttributes: attributes } = description;
  const fleetId = memo?.[MEMO.fleetId];
  const regionId = attributes.get(SEARCH_ATTRIBUTE.region);
  if (typeof fleetId !== 'string' || regionId === undefined) return null;
  try {
    return await findFleet(context, { fleetId, regionId });
  } catch (error) {
    if (error instanceof ReimageNotFoundError) return null;
    throw error;
  }
}
