import type { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, type WorkflowExecutionStatusName } from '@temporalio/client';
import { isFailureType } from '../contracts/failures.js';
import { MEMO } from '../contracts/names.js';
import { RebuildResult, type Failure } from '../contracts/rebuild-result.js';
import type { RunDescription } from '../temporal/read-runs.js';
import type { ClientContext } from './client-context.js';
import type { Closing } from './closing.js';
import { operationFromInfo, type RunInfo } from './operation-from-info.js';
import { failureOf, toReimageError } from './reimage-errors.js';

/**
 * The result of a closed run: what the workflow returned, threw or left in its memo. A run that ended
 * without a word (terminated, timed out, reset) gets a result that says so and claims nothing of the VM.
 * @throws ReimageError `Unexpected` when a finished run holds something that is no result, `Unreadable` when what it left
 * in its memo cannot be decrypted here
 */
export function resultOf(description: RunDescription, closing: Closing, context: ClientContext): RebuildResult {
  const left = RebuildResult.safeParse(leftBehind(description, closing));
  if (left.success) return left.data;
  if ('value' in closing) {
    const message = `${description.workflowId} ended with something that this version of Reimage cannot read.`;
    throw toReimageError(failureOf('Unexpected', message, 'Use the same version of Reimage as the worker.'));
  }
  const { unreadable } = description;
  if (unreadable !== null && closing.error.cause instanceof CancelledFailure) {
    throw toReimageError(failureOf('Unreadable', unreadable.message));
  }
  return resultWithoutWord(description, closing.error, context);
}

function leftBehind({ memo }: RunInfo, closing: Closing): unknown {
  if ('value' in closing) return closing.value;
  const { cause } = closing.error;
  if (cause instanceof ApplicationFailure) return cause.details?.[0];
  return cause instanceof CancelledFailure ? memo?.[MEMO.result] : undefined;
}

function resultWithoutWord(info: RunInfo, error: WorkflowFailedError, context: ClientContext): RebuildResult {
  const operation = operationFromInfo(info, context);
  if (operation === null) throw toReimageError(failureOf('Unexpected', `${info.workflowId} is no rebuild.`));
  const { operationId, regionId, instanceId, requestedBy, reason, startedAt, finishedAt } = operation;
  return {
    outcome: operation.status === 'cancelled' ? 'cancelled' : 'failed',
    operationId,
    regionId,
    instanceId,
    requestedBy,
    reason,
    imageBefore: null,
    imageAfter: null,
    power: { before: null, after: null },
    startedAt,
    finishedAt: finishedAt ?? startedAt,
    timeline: [],
    attempts: {},
    apiCalls: [],
    warnings: [],
    failure: failureWithoutWord(info.status.name, error),
  };
}

const LOOK = 'Look at the VM in the console before any repeat: nothing tells what was done to it.';

function failureWithoutWord(status: WorkflowExecutionStatusName, { cause, message }: WorkflowFailedError): Failure {
  if (cause instanceof ApplicationFailure && isFailureType(cause.type)) {
    return failureOf(cause.type, cause.message);
  }
  if (status === 'CANCELLED') {
    return failureOf('Cancelled', 'The run was cancelled and left no result behind.', LOOK);
  }
  return failureOf('Unexpected', `Temporal ended the run as ${status}: ${cause?.message ?? message}`, LOOK);
}
