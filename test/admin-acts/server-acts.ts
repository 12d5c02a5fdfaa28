import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, isGrpcServiceError, type WorkflowHandle } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import type { RunRef } from '../fixtures/reset-run.js';

const { BatchOperationState, ResetType } = proto.temporal.api.enums.v1;

type BatchOperation = Parameters<Client['workflowService']['startBatchOperation']>[0];

/** Does one thing to all runs that a query finds, as `temporal workflow reset-batch` and `cancel --query` do, and waits for its end. */
export async function doInBatch(client: Client, query: string, what: 'reset' | 'cancel'): Promise<void> {
  const jobId = randomUUID();
  const { namespace } = client.options;
  const operation: BatchOperation =
    what === 'cancel'
      ? { cancellationOperation: { identity: 'an administrator' } }
      : {
          resetOperation: {
            identity: 'an administrator',
            options: { firstWorkflowTask: {} },
            resetType: ResetType.RESET_TYPE_FIRST_WORKFLOW_TASK,
          },
        };
  const start = () =>
    client.workflowService.startBatchOperation({
      namespace,
      jobId,
      reason: 'an administrator',
      visibilityQuery: query,
      ...operation,
    });
  await whenThereIsRoom(start);
  for (;;) {
    const { state } = await client.workflowService.describeBatchOperation({ namespace, jobId });
    if (state !== BatchOperationState.BATCH_OPERATION_STATE_RUNNING) return;
    await delay(100);
  }
}

const RESOURCE_EXHAUSTED = 8;

/** A namespace runs few batches at a time. */
async function whenThereIsRoom(start: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await start();
      return;
    } catch (error) {
      if (!isGrpcServiceError(error) || Number(error.code) !== RESOURCE_EXHAUSTED) throw error;
      await delay(100);
    }
  }
}

/** The activity that a run waits for. */
export interface PendingActivity {
  readonly namespace: string;
  readonly execution: RunRef;
  readonly id: string;
}

/** @throws Error when it waits for none */
export async function pendingActivity(client: Client, handle: WorkflowHandle): Promise<PendingActivity> {
  const { workflowId, runId, raw } = await handle.describe();
  const id = raw.pendingActivities?.[0]?.activityId;
  if (!id) throw new Error(`${workflowId} waits for no activity.`);
  return { namespace: client.options.namespace, execution: { workflowId, runId }, id };
}

/** Timeouts of an activity, and how it is retried, in the words of `temporal activity update-options`. */
export const LONGER = {
  activityOptions: {
    scheduleToCloseTimeout: msToTs('10m'),
    startToCloseTimeout: msToTs('10m'),
    heartbeatTimeout: msToTs('1m'),
    retryPolicy: { maximumAttempts: 7 },
  },
  updateMask: {
    paths: [
      'schedule_to_close_timeout',
      'start_to_close_timeout',
      'heartbeat_timeout',
      'retry_policy.maximum_attempts',
    ],
  },
};

/** So short that it is over. */
export const OVER = {
  activityOptions: { scheduleToCloseTimeout: msToTs('1ms') },
  updateMask: { paths: ['schedule_to_close_timeout'] },
};
