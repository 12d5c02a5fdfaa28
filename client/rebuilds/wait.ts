import { setTimeout as sleep } from 'node:timers/promises';
import { rebuildWorkflowId } from '../../contracts/ids.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import { describeRun as describeTemporalRun } from '../../temporal/namespace/runs.js';
import type { Waiting } from '../../temporal/waiting.js';
import { callUntil, type ClientContext, closingOf, contextOf, quiet } from '../connection/context.js';
import { ReimageUnreachableError } from '../connection/errors.js';
import { fromTemporalError, isPassing } from '../connection/temporal-errors.js';
import type { Operation } from './operation.js';
import { describeRun, readHead, readOperation, resultOf, type RunOfVm } from './read.js';

export interface WaitOptions {
  /** Ends the wait, not the rebuild. */
  readonly signal?: AbortSignal;
  /** Called with what is known, once per look. */
  readonly onProgress?: (operation: Operation) => void;
  /** Time between two looks at the progress. @default 1000 */
  readonly progressIntervalMs?: number;
  /** How long the Temporal server may be away before the wait is given up. @default 600000 */
  readonly reconnectTimeoutMs?: number;
}

type Run = Required<RunOfVm>;

const RECONNECT_INTERVAL_MS = 500;

/**
 * Waits until the rebuild has ended, however it ends. Survives restarts of the server and of workers.
 * @throws ReimageNotFoundError when there is none · ReimageUnreachableError · the signal's reason
 */
export async function waitForResult(
  of: ClientContext,
  { regionId, instanceId, runId }: RunOfVm,
  options: WaitOptions = {},
): Promise<RebuildResult> {
  options.signal?.throwIfAborted();
  const context = contextOf(of, { signal: options.signal });
  const vm = { regionId, instanceId };
  const run = { ...vm, runId: runId ?? (await readHead(context, vm)).runId };
  const ended = new AbortController();
  const watching = watchProgress(context, run, options, ended.signal);
  watching.catch(() => ended.abort());
  try {
    const handle = context.client.workflow.getHandle(rebuildWorkflowId(vm), run.runId, { followRuns: false });
    // Whoever hears of each look hears of an outage by it.
    const aside = options.onProgress === undefined ? context : quiet(context);
    const closing = await throughRestarts(aside, run, options, () => closingOf(handle));
    const description = await throughRestarts(aside, run, options, () =>
      describeTemporalRun(context.client, handle.workflowId, run.runId),
    );
    return resultOf(description, closing, context);
  } finally {
    ended.abort();
    await watching;
  }
}

/** Makes a call again after each outage that it fell into, until one lasts too long. */
async function throughRestarts<T>(
  context: ClientContext,
  run: Run,
  options: WaitOptions,
  call: () => Promise<T>,
): Promise<T> {
  const { signal } = options;
  for (;;) {
    try {
      return await callUntil(context, signal, call);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error)) throw fromTemporalError(error);
      await untilReachable(context, run, options);
    }
  }
}

async function untilReachable(context: ClientContext, run: Run, options: WaitOptions): Promise<void> {
  const { signal, reconnectTimeoutMs = 600_000 } = options;
  const giveUpAt = Date.now() + reconnectTimeoutMs;
  for (;;) {
    await pause(RECONNECT_INTERVAL_MS, signal);
    signal?.throwIfAborted();
    try {
      await describeRun(context, run);
      return;
    } catch (error) {
      if (!(error instanceof ReimageUnreachableError) || Date.now() > giveUpAt) throw error;
    }
  }
}

/** Looks until `ended`. A server or worker that does not answer is news too. */
async function watchProgress(
  context: ClientContext,
  run: Run,
  options: WaitOptions,
  ended: AbortSignal,
): Promise<void> {
  const { onProgress, progressIntervalMs = 1_000, signal } = options;
  if (onProgress === undefined) return;
  let last: Operation | null = null;
  const tellSlowLook = ({ note }: Waiting) => {
    if (last !== null && !ended.aborted) onProgress({ ...last, progress: null, note });
  };
  while (!ended.aborted && signal?.aborted !== true) {
    // Before the first look there is no operation to tell of: then the client's own listener hears of it.
    const looking: ClientContext = last === null ? context : { ...context, onProgress: tellSlowLook };
    try {
      last = await readOperation({ ...looking, signal: ended }, run);
    } catch (error) {
      if (last === null || !(error instanceof ReimageUnreachableError)) last = null;
      else last = { ...last, progress: null, note: error.message };
    }
    if (ended.aborted) return;
    if (last !== null) onProgress(last);
    await pause(progressIntervalMs, ended);
  }
}

/** Sleeps, or less when the signal says so. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
