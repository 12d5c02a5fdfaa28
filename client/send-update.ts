import { createHash } from 'node:crypto';
import {
  ApplicationFailure,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type * as z from 'zod';
import { isFailureType } from '../contracts/failures.js';
import { DEFAULT_WORKER_TIMEOUT_MS } from './ask-worker.js';
import { callTemporal, type ClientContext } from './client-context.js';
import { failureOf, type ReimageError, toReimageError } from './reimage-errors.js';
import { unreadableOf } from './temporal-errors.js';

/** What is said, and what to do next. */
interface Said {
  readonly message: string;
  readonly next: string;
}

/** Something that a running workflow is asked to do, and what is said where it does not come to an answer. */
export interface UpdateRequest<Answer extends z.ZodType> {
  readonly handle: WorkflowHandle;
  readonly name: string;
  readonly input: object;
  /** Two updates of one id are one. Absent: each is one of its own. */
  readonly updateId?: string;
  readonly answer: Answer;
  /** The workflow has ended. */
  readonly ended: () => ReimageError;
  /** No worker has answered in time. */
  readonly late: Said;
  /** It was done, and the answer is of another version. */
  readonly unreadable: Said;
  /** How long a worker may take. @default 10000 */
  readonly workerTimeoutMs?: number;
}

/**
 * Sends an update, and returns what the workflow answers once it has taken it.
 * @throws what `ended` gives · ReimageError of the type by which the workflow refuses it, or `Unexpected` ·
 * ReimageUnreachableError (also: no worker)
 */
export async function sendUpdate<Answer extends z.ZodType>(
  context: ClientContext,
  request: UpdateRequest<Answer>,
): Promise<z.output<Answer>> {
  const { handle, name, input, updateId, workerTimeoutMs = DEFAULT_WORKER_TIMEOUT_MS } = request;
  const sending = async () => {
    try {
      return await handle.executeUpdate<unknown, [object]>(name, {
        args: [input],
        ...(updateId !== undefined && { updateId }),
      });
    } catch (error) {
      throw updateError(error, request);
    }
  };
  const answer = request.answer.safeParse(await callTemporal(context, sending, workerTimeoutMs));
  if (answer.success) return answer.data;
  throw toReimageError(failureOf('Unexpected', request.unreadable.message, request.unreadable.next));
}

/** An update id for what is one wish however often it is sent. */
export function updateIdOf(prefix: string, parts: readonly string[]): string {
  return `${prefix}-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}`;
}

function updateError(
  error: unknown,
  { ended, late, unreadable }: Pick<UpdateRequest<z.ZodType>, 'ended' | 'late' | 'unreadable'>,
): unknown {
  if (error instanceof WorkflowNotFoundError) return ended();
  if (unreadableOf(error) !== null) return toReimageError(failureOf('Unreadable', unreadable.message, unreadable.next));
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
    return toReimageError(failureOf('NoWorker', late.message, late.next), { cause: error });
  if (!(error instanceof WorkflowUpdateFailedError)) return error;
  const { cause } = error;
  const type = cause instanceof ApplicationFailure && isFailureType(cause.type) ? cause.type : 'Unexpected';
  return toReimageError(failureOf(type, cause?.message ?? error.message), { cause: error });
}
