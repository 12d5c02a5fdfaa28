import { setTimeout as sleep } from 'node:timers/promises';
import type { Payload } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import { keyIdOf } from '../../temporal/payload-codec.js';
import { tellingWait } from '../../temporal/waiting.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { ReimageError } from '../reimage-errors.js';
import { rewriteSchedule, type StoredSchedule } from '../schedule/rewrite-schedule.js';
import { payloadsIn, withPayloads } from './payloads-in.js';

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
