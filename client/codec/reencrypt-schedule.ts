import { setTimeout as sleep } from 'node:timers/promises';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import { FREEZE_WORKFLOW_ID, RENEW_FREEZE_UPDATE } from '../../contracts/freeze.js';
import { keyIdOf } from '../../temporal/encryption/payload-codec.js';
import { type FreezeRun, handleOfFreeze, readFreezeRun } from '../../temporal/namespace/open-namespace.js';
import { tellingWait } from '../../temporal/waiting.js';
import { callTemporal, type ClientContext } from '../connection/context.js';
import { ReimageError } from '../connection/errors.js';
import { rewriteSchedule, type StoredSchedule } from '../schedules/rewrite.js';
import { payloadsIn, withPayloads } from './key-use.js';
import { readRunUses } from './read-key-bearers.js';

/** An update drops what was due before it and has not been started yet: none is made so shortly before a firing. */
const CLOSE_MS = 5_000;
const MOST_WAITS = 5;

/**
 * Encrypts all that a schedule bears by the first key, and changes nothing else of it: what others change meanwhile is
 * read anew, and never undone.
 * @returns why it was not rewritten; null when it was, also where there was nothing to do
 * @throws ReimageNotFoundError when it is gone · ReimageError `Unreadable` · ReimageUnreachableError
 */
export async function reencryptSchedule(
  context: ClientContext,
  scheduleId: string,
  currentKeyId: string,
): Promise<string | null> {
  for (let waits = 0; waits < MOST_WAITS; waits += 1) {
    const waitMs = await rewriteAwayFromFiring(context, scheduleId, currentKeyId);
    if (waitMs === 'others') return 'others kept changing it';
    if (waitMs === 0) return null;
    const waitFor = { what: `schedule ${scheduleId} to fire, which an update would drop`, forMs: waitMs };
    await tellingWait(context.onProgress, waitFor, () => sleep(waitMs, undefined, { signal: context.signal }));
  }
  return 'it fires every few seconds, and an update could drop a firing';
}

/** @returns how long to wait for a firing first, in milliseconds; 0 once nothing is left to be done; `others`: they never stop changing it */
async function rewriteAwayFromFiring(
  context: ClientContext,
  scheduleId: string,
  currentKeyId: string,
): Promise<number | 'others'> {
  let waitMs = 0;
  const change = async (stored: StoredSchedule) => {
    const { action } = stored.schedule;
    const old = payloadsIn(action).filter((payload) => keyIdOf(payload) !== currentKeyId);
    waitMs = old.length === 0 ? 0 : untilFired(stored);
    if (old.length === 0 || waitMs > 0) return null;
    const replaced = await reencrypt(context, old);
    return { ...stored.schedule, action: withPayloads(action, (payload) => replaced.get(payload) ?? payload) ?? null };
  };
  try {
    await rewriteSchedule(context, scheduleId, change);
    return waitMs;
  } catch (error) {
    if (error instanceof ReimageError && error.failure.type === 'ScheduleChanged') return 'others';
    throw error;
  }
}

/** Milliseconds until a firing that is near is over; 0 where none is. */
function untilFired({ schedule, info }: StoredSchedule): number {
  const next = optionalTsToDate(info.futureActionTimes?.[0]);
  if (next === undefined || schedule.state?.paused) return 0;
  const inMs = next.getTime() - Date.now();
  return inMs > CLOSE_MS ? 0 : Math.max(inMs, 0) + 1_000;
}

async function reencrypt(context: ClientContext, payloads: readonly Payload[]): Promise<Map<Payload, Payload>> {
  const { payloadCodecs } = context.client.options.loadedDataConverter;
  const encrypted = await callTemporal(context, async () =>
    encode(payloadCodecs, await decode(payloadCodecs, [...payloads])),
  );
  return new Map(payloads.map((payload, index) => [payload, encrypted[index] ?? payload]));
}

/** A worker that has another key first may take it up, as often as there are such workers. */
const TRIES = 5;
/** The server asks the worker that had it last first, for ten seconds, also where that one is gone. */
const ANSWER_MS = 30_000;

/**
 * Has the freeze continue as new, so that nothing of it bears an old key; the server does that in one step, without a
 * moment in which the namespace is not frozen. Needs a worker that has the first key first.
 * @returns why it was not renewed; null when it was, also where there is no freeze, or none that bears another key
 * @throws ReimageUnreachableError when the server cannot be asked
 */
export async function renewFreeze(context: ClientContext, currentKeyId: string): Promise<string | null> {
  let others: (string | null)[] = [];
  for (let tries = 0; tries < TRIES; tries += 1) {
    const run = await callTemporal(context, () => readFreezeRun(context.client));
    if (run === null) return null;
    others = await otherKeys(context, run, currentKeyId);
    if (others.length === 0) return null;
    const why = await askToRenew(context, run);
    if (why !== null) return why;
  }
  const names = others.map((id) => (id === null ? 'none' : JSON.stringify(id))).join(', ');
  return `a worker still encrypts by key ${names}: put ${JSON.stringify(currentKeyId)} first everywhere, then run it again`;
}

async function otherKeys(
  context: ClientContext,
  { runId }: FreezeRun,
  currentKeyId: string,
): Promise<(string | null)[]> {
  const uses = await readRunUses(context, { operationId: FREEZE_WORKFLOW_ID, runId, closedAt: null });
  return [...(uses?.keys() ?? [])].filter((keyId) => keyId !== currentKeyId);
}

/** Null once it was renewed, or had ended. */
async function askToRenew(context: ClientContext, run: FreezeRun): Promise<string | null> {
  const handle = handleOfFreeze(context.client, run);
  const renew = async () => {
    try {
      await handle.executeUpdate(RENEW_FREEZE_UPDATE);
      return null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
        return 'no worker that can read it has answered in time; one that comes later may still do it';
      }
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      return `the worker refuses: ${error.cause?.message ?? error.message}`;
    }
  };
  return await callTemporal(context, renew, ANSWER_MS);
}
