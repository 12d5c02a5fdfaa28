import { createHash, randomUUID } from 'node:crypto';
import {
  ApplicationFailure,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type * as z from 'zod';
import { isFailureType } from '../../contracts/failures.js';
import { callTemporal, type ClientContext, quiet } from './context.js';
import { failureOf, ReimageError, toReimageError } from './errors.js';
import { DEFAULT_WORKER_TIMEOUT_MS } from './run-workflow.js';
import { grpcCodeOf, serverLimit, unreadableOf, untilTaken } from './temporal-errors.js';
import { whyNoAnswer } from './why-no-answer.js';

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
  /** What ends the workflow though it takes no update, as an order to a person. */
  readonly byHand: string;
  /** How long a worker may take. @default 10000 */
  readonly workerTimeoutMs?: number;
}

/**
 * Sends an update, and returns what the workflow answers once it has taken it.
 * @throws what `ended` gives · ReimageError of the type by which the workflow refuses it, `ServerLimit` where the server
 * takes no update of it, or `Unexpected` ·
 * ReimageUnreachableError (also: no worker)
 */
export async function sendUpdate<Answer extends z.ZodType>(
  context: ClientContext,
  request: UpdateRequest<Answer>,
): Promise<z.output<Answer>> {
  const { handle, name, input, workerTimeoutMs = DEFAULT_WORKER_TIMEOUT_MS } = request;
  // One id for all that is sent for this wish: a repeat that comes late is no second act.
  const { updateId = randomUUID() } = request;
  const sending = async () => {
    try {
      return await handle.executeUpdate<unknown, [object]>(name, {
        args: [input],
        updateId,
      });
    } catch (error) {
      throw updateError(error, request);
    }
  };
  const taken = () => untilTaken(sending, workerTimeoutMs);
  const waitFor = {
    what: `a worker to take ${name} up for ${handle.workflowId}`,
    lastError: () => whyNoAnswer(quiet(context), handle),
  };
  const send = () => callTemporal(context, taken, workerTimeoutMs, waitFor);
  const answer = request.answer.safeParse(await orByHand(request, () => orLate(context, request, send)));
  if (answer.success) return answer.data;
  throw toReimageError(failureOf('Unexpected', request.unreadable.message, request.unreadable.next));
}

/** A worker that has not answered in time, and what is known of why. */
async function orLate<T>(
  context: ClientContext,
  { handle, late }: Pick<UpdateRequest<z.ZodType>, 'handle' | 'late'>,
  send: () => Promise<T>,
): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof ReimageError) || error.failure.type !== 'NoWorker') throw error;
    const why = await whyNoAnswer(quiet(context), handle).catch(() => null);
    const message = why === null ? late.message : `${late.message} What is known: ${why.replace(/\.$/, '')}.`;
    throw toReimageError(failureOf('NoWorker', message, late.next), { cause: error });
  }
}

/** What a server that takes no update of this run leaves to be done. */
async function orByHand<T>(
  { handle, byHand }: Pick<UpdateRequest<z.ZodType>, 'handle' | 'byHand'>,
  send: () => Promise<T>,
): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof ReimageError) || error.failure.type !== 'ServerLimit') throw error;
    const message = `${handle.workflowId} takes no update now. ${error.message}`;
    throw serverLimit(message, error, `Try again in a minute. ${byHand}`);
  }
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

const DEADLINE_EXCEEDED = 4;

/** What a run is asked, and by what it is told that it takes long. */
export interface Query {
  readonly handle: WorkflowHandle;
  readonly queryType: string;
  readonly args: readonly [] | readonly [unknown];
  /** What a worker is to say, for who waits. */
  readonly what: string;
  readonly timeoutMs: number;
}

/**
 * Asks a run by a query, which needs a worker, and tells why there is no answer.
 * @throws ReimageUnreachableError, `NoWorker` where none answers in time · ReimageError
 */
export async function queryRun(context: ClientContext, query: Query): Promise<unknown> {
  const { handle, queryType, args, what, timeoutMs } = query;
  const lastError = () => whyNoAnswer(quiet(context), handle);
  const ask = () => handle.query<unknown, unknown[]>(queryType, ...args);
  try {
    return await callTemporal(context, ask, timeoutMs, { what: `a worker (${what})`, lastError });
  } catch (error) {
    if (!(error instanceof ReimageError) || grpcCodeOf(error.cause) !== DEADLINE_EXCEEDED) throw error;
    const why = await lastError().catch(() => null);
    const known = why === null ? '' : `: ${why.replace(/\.$/, '')}`;
    throw toReimageError(failureOf('NoWorker', `No worker has told in time (${what})${known}.`), { cause: error });
  }
}
