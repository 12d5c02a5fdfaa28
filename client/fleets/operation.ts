import type { WorkflowExecutionInfo } from '@temporalio/client';
import * as z from 'zod';
import { type FleetLock, type FleetRef, nameOfFleet, parseFleetWorkflowId } from '../../contracts/fleet/fleet-ids.js';
import { FLEET_STATUSES, FleetResult, FleetSummary } from '../../contracts/fleet/fleet-progress.js';
import { MEMO, WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { TaskFailure, Unreadable } from '../../contracts/task-failure.js';
import type { ClientContext } from '../connection/context.js';
import { webUrlOf } from '../connection/web-url.js';
import { memoText, type RunInfo } from '../rebuilds/operation.js';

const Status = z.enum(FLEET_STATUSES);

/** One started fleet as library and CLI show it. Instants are ISO 8601, UTC, by the server's clock. */
export const FleetOperation = z
  .strictObject({
    /** The workflow id: the lock, which one fleet of the name after another has. */
    operationId: z.string(),
    runId: z.string(),
    regionId: z.string(),
    fleetId: z.string(),
    name: z.string(),
    /** The last status that the server knows of; `waiting` before a worker took the fleet up. */
    status: Status,
    /** Whether Temporal still runs it. */
    isRunning: z.boolean(),
    imageId: z.string().nullable(),
    planDigest: z.string().nullable(),
    /** VMs in it. */
    size: z.int().nullable(),
    /** In lists: of the present run, where the fleet has continued as new. */
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    requestedBy: z.string().nullable(),
    reason: z.string().nullable(),
    /** The fleet whose failed and never started VMs this one takes up; null for others. */
    retryOf: z.string().nullable(),
    /** The fleet that this one takes back; null for others. */
    rollbackOf: z.string().nullable(),
    /** The schedule that it is a firing of. */
    scheduleId: z.string().optional(),
    /** Null in lists, and when no worker answered. */
    summary: FleetSummary.nullable(),
    /** Why `summary` or `result` is null where one should be, in one line. */
    note: z.string().nullable(),
    /** Null while it runs, in lists, and where it ended without a word. */
    result: FleetResult.nullable(),
    /** Its workflow task fails, so that nothing of it goes on; absent where none does. */
    taskFailure: TaskFailure.optional(),
    /** Something of it cannot be decrypted here, and is null; absent where all can. */
    unreadable: Unreadable.optional(),
    /** The run's page in Temporal's web UI, where that is known. */
    webUrl: z.string().optional(),
  })
  .meta({ id: 'FleetOperation' });
export type FleetOperation = z.output<typeof FleetOperation>;

/** Reads one run as a fleet, without summary and result. Null for what is no fleet. */
export function fleetFromInfo(info: FleetRunInfo, { client, webUi }: ClientContext): FleetOperation | null {
  const ref = fleetRefOf(info);
  if (ref === null) return null;
  const { workflowId, runId, typedSearchAttributes: attributes, memo, unreadable } = info;
  const { namespace } = client.options;
  const size = memo?.[MEMO.size];
  const scheduleId = memoText(info, MEMO.scheduleId);
  return {
    operationId: workflowId,
    runId,
    ...ref,
    status: statusOf(info),
    isRunning: isRunning(info),
    imageId: attributes.get(SEARCH_ATTRIBUTE.image) ?? null,
    planDigest: memoText(info, MEMO.planDigest),
    size: typeof size === 'number' ? size : null,
    startedAt: info.startTime.toISOString(),
    finishedAt: info.closeTime?.toISOString() ?? null,
    requestedBy: memoText(info, MEMO.requestedBy, SEARCH_ATTRIBUTE.requestedBy),
    reason: memoText(info, MEMO.reason),
    retryOf: memoText(info, MEMO.retryOf),
    rollbackOf: memoText(info, MEMO.rollbackOf),
    ...(scheduleId !== null && { scheduleId }),
    summary: null,
    note: null,
    result: null,
    ...(unreadable !== null && { unreadable }),
    ...(webUi !== null && { webUrl: webUrlOf(webUi, { namespace, workflowId, runId }) }),
  };
}

function isRunning({ status }: Pick<WorkflowExecutionInfo, 'status'>): boolean {
  return status.name === 'RUNNING' || status.name === 'PAUSED' || status.name === 'CONTINUED_AS_NEW';
}

/** What Temporal says of an end stands above what the fleet said last: one that was terminated says nothing more. */
function statusOf(info: RunInfo): FleetOperation['status'] {
  const said = Status.safeParse(info.typedSearchAttributes.get(SEARCH_ATTRIBUTE.phase));
  if (isRunning(info)) return said.success ? said.data : 'waiting';
  if (info.status.name === 'COMPLETED') return 'done';
  return said.success && said.data === 'aborted' ? 'aborted' : 'failed';
}

/** What tells which fleet a run is. */
export type FleetRunInfo = RunInfo & { readonly type: string };

/**
 * Which fleet a run is. Its workflow id tells the name alone, which fleets take one after another; the id stands in its
 * search attributes and its memo. Null for what is no fleet, and for one that shows no id yet.
 */
export function fleetRefOf({
  type,
  workflowId,
  memo,
  typedSearchAttributes: attributes,
}: Pick<FleetRunInfo, 'type' | 'workflowId' | 'memo' | 'typedSearchAttributes'>): (FleetRef & FleetLock) | null {
  if (type !== WORKFLOW.reimageFleet) return null;
  const fleetId = attributes.get(SEARCH_ATTRIBUTE.fleet) ?? memo?.[MEMO.fleetId];
  const regionId = attributes.get(SEARCH_ATTRIBUTE.region) ?? parseFleetWorkflowId(workflowId)?.regionId;
  if (typeof fleetId !== 'string' || regionId === undefined) return null;
  const name = nameOfFleet(fleetId);
  return name === null ? null : { regionId, fleetId, name };
}

/** Whether a run was a fleet that never began: another one had used its plan, or retried what it was to take up. */
export function isRefusedFleet({ memo }: Pick<RunInfo, 'memo'>): boolean {
  return memo?.[MEMO.refused] !== undefined;
}
