import type { ScheduleExecutionResult } from '@temporalio/client';
import { MEMO, WORKFLOW } from '../../contracts/names.js';
import type { ClientContext } from '../client-context.js';
import { describeFleet } from '../fleet/find-fleet.js';
import { fleetFromInfo } from '../fleet/fleet-operation.js';
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
  if (description === null) return { ...firing, fleetId: null, status: 'forgotten', leftAlone: null };
  const skipped = description.memo?.[MEMO.skipped];
  const leftAlone = typeof skipped === 'string' && skipped !== '' ? skipped : null;
  const fleet = description.type === WORKFLOW.reimageFleet ? fleetFromInfo(description, context) : null;
  if (fleet !== null) return { ...firing, fleetId: fleet.fleetId, status: fleet.status, leftAlone };
  return { ...firing, fleetId: null, status: description.status.name === 'RUNNING' ? 'planning' : 'failed', leftAlone };
}
