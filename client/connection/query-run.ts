import type { WorkflowHandle } from '@temporalio/client';
import { callTemporal, type ClientContext, quiet } from './context.js';
import { failureOf, ReimageError, toReimageError } from './errors.js';
import { grpcCodeOf } from './grpc-error.js';
import { whyNoAnswer } from './why-no-answer.js';

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
