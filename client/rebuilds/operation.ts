import type { WorkflowExecutionStatusName } from '@temporalio/client';
import * as z from 'zod';
import { parseRebuildWorkflowId, type VmRef } from '../../contracts/ids.js';
import { MEMO } from '../../contracts/names.js';
import { Phase, RebuildProgress } from '../../contracts/rebuild-progress.js';
import { RebuildResult } from '../../contracts/rebuild-result.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { TaskFailure, Unreadable } from '../../contracts/task-failure.js';
import type { RunInfoRead } from '../../temporal/namespace/runs.js';
import type { ClientContext } from '../connection/context.js';
import { webUrlOf } from '../connection/web-url.js';

export const OPERATION_STATUSES = ['running', 'done', 'failed', 'cancelled'] as const;

/** One started rebuild as library, CLI and gateway show it. Instants are ISO 8601, UTC, by the server's clock. */
export const Operation = z
  .strictObject({
    /** The workflow id: one per VM, so that the run id tells two rebuilds of a VM apart. */
    operationId: z.string(),
    runId: z.string(),
    regionId: z.string(),
    instanceId: z.string(),
    status: z.enum(OPERATION_STATUSES),
    /** The last phase that the server knows of; null before a worker took the rebuild up. */
    phase: Phase.nullable(),
    /** The image asked for; null when none was named. */
    imageId: z.string().nullable(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    requestedBy: z.string().nullable(),
    reason: z.string().nullable(),
    requestId: z.string().nullable(),
    /** The backup that was made before the erase; null where there is none. */
    backupImageId: z.string().nullable(),
    /** Run id of the rebuild that this one puts back; null where it was not started as a rollback. */
    rollbackOf: z.string().nullable(),
    /** The fleet that it is part of; absent where it is of none. */
    fleetId: z.string().optional(),
    /** Null in lists, when finished, and when no worker answered. */
    progress: RebuildProgress.nullable(),
    /** Why `progress` is null while the rebuild runs, in one line. */
    note: z.string().nullable(),
    /** Null while it runs, in lists, and where it cannot be decrypted here. */
    result: RebuildResult.nullable(),
    /** Its workflow task fails, so that nothing of it goes on; absent where none does. */
    taskFailure: TaskFailure.optional(),
    /** Something of it cannot be decrypted here, and is null; absent where all can. */
    unreadable: Unreadable.optional(),
    /** The run's page in Temporal's web UI, where that is known. */
    webUrl: z.string().optional(),
  })
  .meta({ id: 'Operation' });
export type Operation = z.output<typeof Operation>;

/** The part of a workflow's description that lists and single look-ups share. */
export type RunInfo = Pick<
  RunInfoRead,
  'workflowId' | 'runId' | 'status' | 'startTime' | 'closeTime' | 'memo' | 'typedSearchAttributes' | 'unreadable'
>;

/** Reads one run as an operation, without progress and result. Null for a workflow id that is no rebuild's. */
export function operationFromInfo(info: RunInfo, { client, webUi }: ClientContext): Operation | null {
  const vm = parseRebuildWorkflowId(info.workflowId);
  return vm === null ? null : describeRun(info, vm, webUi, client.options.namespace);
}

function describeRun(info: RunInfo, vm: VmRef, webUi: string | null, namespace: string): Operation {
  const { workflowId, runId, typedSearchAttributes: attributes, unreadable } = info;
  const fleetId = memoText(info, MEMO.fleetId, SEARCH_ATTRIBUTE.fleet);
  const phase = Phase.safeParse(attributes.get(SEARCH_ATTRIBUTE.phase));
  return {
    operationId: workflowId,
    runId,
    ...vm,
    status: statusOf(info.status.name),
    phase: phase.success ? phase.data : null,
    imageId: attributes.get(SEARCH_ATTRIBUTE.image) ?? null,
    startedAt: info.startTime.toISOString(),
    finishedAt: info.closeTime?.toISOString() ?? null,
    requestedBy: memoText(info, MEMO.requestedBy, SEARCH_ATTRIBUTE.requestedBy),
    reason: memoText(info, MEMO.reason),
    requestId: memoText(info, MEMO.requestId, SEARCH_ATTRIBUTE.requestId),
    backupImageId: attributes.get(SEARCH_ATTRIBUTE.backup) ?? null,
    rollbackOf: memoText(info, MEMO.rollbackOf),
    ...(fleetId !== null && { fleetId }),
    progress: null,
    note: null,
    result: null,
    ...(unreadable !== null && { unreadable }),
    ...(webUi !== null && { webUrl: webUrlOf(webUi, { namespace, workflowId, runId }) }),
  };
}

/** Terminated and timed-out runs count as failed: nobody has seen the VM through. */
function statusOf(status: WorkflowExecutionStatusName): Operation['status'] {
  switch (status) {
    case 'RUNNING':
    case 'PAUSED':
      return 'running';
    case 'COMPLETED':
      return 'done';
    case 'CANCELLED':
      return 'cancelled';
    default:
      return 'failed';
  }
}

type InClear = (typeof SEARCH_ATTRIBUTE)[keyof typeof SEARCH_ATTRIBUTE];

/** What the memo says; where it does not, or cannot be read, what stands in clear beside it. */
export function memoText(
  { memo, typedSearchAttributes }: Pick<RunInfo, 'memo' | 'typedSearchAttributes'>,
  key: string,
  inClear?: InClear,
): string | null {
  const value = memo?.[key] ?? (inClear && typedSearchAttributes.get(inClear));
  return typeof value === 'string' ? value : null;
}
