import { setTimeout as sleep } from 'node:timers/promises';
import { TerminatedFailure, type WorkflowHandle } from '@temporalio/client';
import { type TaskFailure, taskFailureText } from '../contracts/task-failure.js';
import { lastPolls, readKeyRecord } from '../temporal/key-record.js';
import { describeRun } from '../temporal/read-runs.js';
import { readTaskFailure } from '../temporal/task-failure.js';
import { callTemporal, type ClientContext } from './client-context.js';
import { currentKeyOrNull } from './codec/current-key.js';
import type { Closing } from './closing.js';
import { failureOf, type ReimageError, toReimageError } from './reimage-errors.js';
import { isUntouched, whoPolls } from './why-no-answer.js';

const NOT_TAKEN = 'no worker took it up';

/** Events up to the first task's end: started, task scheduled, task started, task failed. */
const EVENTS_BEFORE_A_STEP = 4;

const LOOK_EVERY_MS = 500;

/** A worker that takes a task up and falls silent is waited for so many times as long as one that takes none. */
const SILENT_FACTOR = 3;

/** How SDK and codec word it that a worker cannot decrypt what it was handed. */
const UNREADABLE = /unknown encoding|REIMAGE_CODEC_KEYS lacks|does not decrypt/i;

/**
 * Sees to it that a question is taken up: resolves to null once a worker has made its first step, or nobody waits any
 * more, and throws when none does in time, or none of those that poll can decrypt it. The question is then ended.
 * @param timeoutMs - how long a worker may take to take it up
 * @throws ReimageUnreachableError `NoWorker` · ReimageError `PayloadUnreadable`
 */
export async function giveUpUnlessTaken(
  context: ClientContext,
  handle: WorkflowHandle,
  timeoutMs: number,
): Promise<null> {
  const began = performance.now();
  for (;;) {
    const waited = performance.now() - began;
    const description = await callTemporal(context, () => describeRun(context.client, handle.workflowId));
    if (description.status.name !== 'RUNNING' || description.historyLength > EVENTS_BEFORE_A_STEP) return null;
    const failing = await callTemporal(context, () => readTaskFailure(context.client, description));
    const why = await whyInVain(context, failing, isUntouched(description), waited / timeoutMs);
    if (why !== null) {
      await callTemporal(context, () => handle.terminate(NOT_TAKEN));
      throw why;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: context.signal }).catch(() => undefined);
    if (context.signal?.aborted === true) return null;
  }
}

/** The error of a question that is waited for in vain; null for one that may still be answered. @param times - of the time that a worker has, which have passed */
async function whyInVain(
  context: ClientContext,
  failing: TaskFailure | null,
  untouched: boolean,
  times: number,
): Promise<ReimageError | null> {
  if (failing !== null && UNREADABLE.test(failing.cause) && !(await isReadBySome(context))) {
    const message = `No worker on ${workersOf(context)} can decrypt what it is asked: ${failing.cause.replace(/\.$/, '')}. Nothing was touched.`;
    return toReimageError(failureOf('PayloadUnreadable', message));
  }
  if (untouched && times >= 1) return noWorker(context, await whoPolls(context));
  if (failing !== null && times >= SILENT_FACTOR) return noWorker(context, taskFailureText(failing));
  return null;
}

/** Whether a worker that polls has said that it has the key by which we encrypt: another one then fails the task, and that one will take it. */
async function isReadBySome(context: ClientContext): Promise<boolean> {
  const { client, taskQueue } = context;
  const keyId = await currentKeyOrNull(context);
  if (keyId === null) return true;
  const of = { service: client.workflowService, namespace: client.options.namespace, taskQueue };
  return await callTemporal(context, async () => {
    const polling = await lastPolls(of);
    const uses = await readKeyRecord(of);
    return uses.some(({ worker }) => worker !== null && polling.has(worker.identity) && worker.reads.includes(keyId));
  });
}

function noWorker(context: ClientContext, why: string): ReimageError {
  const message = `No worker answered on ${workersOf(context)}: ${why}. Nothing was touched.`;
  return toReimageError(failureOf('NoWorker', message));
}

/** Whether a question has ended by being given up. */
export function isGivenUp(closing: Closing): boolean {
  return (
    'error' in closing && closing.error.cause instanceof TerminatedFailure && closing.error.cause.message === NOT_TAKEN
  );
}

/** Where workers are expected, in words. */
export function workersOf({ taskQueue, client }: ClientContext): string {
  return `task queue ${taskQueue} of namespace ${client.options.namespace}`;
}
