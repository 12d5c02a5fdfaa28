import type { WorkflowExecutionStatusName } from '@temporalio/client';
import { parseRebuildWorkflowId, type VmRef } from '../contracts/ids.js';
import { MEMO } from '../contracts/names.js';
import { Phase } from '../contracts/phases.js';
import { SEARCH_ATTRIBUTE } from '../contracts/search-attributes.js';
import type { RunInfoRead } from '../temporal/read-runs.js';
import type { ClientContext } from './client-context.js';
import type { Operation } from './operation.js';
import { webUrlOf } from './web-url.js';

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
