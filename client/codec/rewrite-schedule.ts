import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Payload } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { optionalTsToDate } from '@temporalio/common/lib/time.js';
import { temporalScheduleId } from '../../contracts/fleet/fleet-ids.js';
import { keyIdOf } from '../../temporal/payload-codec.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { callSchedule } from '../schedule/call-schedule.js';
import { ReimageError } from '../reimage-errors.js';
import { grpcCodeOf } from '../grpc-error.js';
import { payloadsIn, withPayloads } from './payloads-in.js';

/** An update drops what was due before it and has not been started yet: none is made so shortly before a firing. */
const CLOSE_MS = 5_000;
const MOST_WAITS = 5;
/** Each further try needs somebody else who changed the schedule meanwhile. */
const TRIES = 5;
const FAILED_PRECONDITION = 9;

/**
 * Encrypts all that a schedule bears by the first key, and changes nothing else of it: the server compares the conflict
 * token, so that what others change meanwhile is read anew, and never undone.
 * @returns why it was not rewritten; null when it was, also where there was nothing to do
 * @throws ReimageNotFoundError when it is gone · ReimageError `Unreadable` · ReimageUnreachableError
 */
export async function rewriteSchedule(
  context: ClientContext,
  scheduleId: string,
  currentKeyId: string,
): Promise<string | null> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const found = await describeAwayFromFiring(context, scheduleId);
    if (found === null) return 'it fires every few seconds, and an update could drop a firing';
    const { schedule, conflictToken } = found;
    const old = payloadsIn(schedule?.action).filter((payload) => keyIdOf(payload) !== currentKeyId);
    if (old.length === 0) return null;
    const replaced = await reencrypt(context, old);
    const action = withPayloads(schedule?.action, (payload) => replaced.get(payload) ?? payload);
    const { namespace, identity } = context.client.options;
    await unlessChanged(() =>
      callSchedule(context, scheduleId, () =>
        context.client.workflowService.updateSchedule({
          namespace,
          identity,
          scheduleId: temporalScheduleId(scheduleId),
          requestId: randomUUID(),
          schedule: { ...schedule, action: action ?? null },
          conflictToken,
        }),
      ),
    );
    await untilTaken(context, scheduleId, conflictToken);
  }
  return 'others kept changing it';
}

/** How long the server may take to show an update. */
const SHOWN_WITHIN_MS = 5_000;
const LOOK_MS = 100;

/** The server answers well to an update that it then drops for another one. So what came of it is read, and not believed. */
async function untilTaken(context: ClientContext, scheduleId: string, before: Uint8Array): Promise<void> {
  const { workflowService, options } = context.client;
  const request = { namespace: options.namespace, scheduleId: temporalScheduleId(scheduleId) };
  const deadline = Date.now() + SHOWN_WITHIN_MS;
  while (Date.now() < deadline) {
    const { conflictToken } = await callSchedule(context, scheduleId, () => workflowService.describeSchedule(request));
    if (!Buffer.from(conflictToken).equals(before)) return;
    await sleep(LOOK_MS);
  }
}

/** Null for one that fires all the time. */
async function describeAwayFromFiring(context: ClientContext, scheduleId: string) {
  const { workflowService, options } = context.client;
  const request = { namespace: options.namespace, scheduleId: temporalScheduleId(scheduleId) };
  for (let waits = 0; waits < MOST_WAITS; waits += 1) {
    const description = await callSchedule(context, scheduleId, () => workflowService.describeSchedule(request));
    const next = optionalTsToDate(description.info?.futureActionTimes?.[0]);
    const inMs = next === undefined ? Infinity : next.getTime() - Date.now();
    if (inMs > CLOSE_MS || description.schedule?.state?.paused) return description;
    await sleep(Math.max(inMs, 0) + 1_000);
  }
  return null;
}

async function reencrypt(context: ClientContext, payloads: readonly Payload[]): Promise<Map<Payload, Payload>> {
  const { payloadCodecs } = context.client.options.loadedDataConverter;
  const encrypted = await callTemporal(context, async () =>
    encode(payloadCodecs, await decode(payloadCodecs, [...payloads])),
  );
  return new Map(payloads.map((payload, index) => [payload, encrypted[index] ?? payload]));
}

async function unlessChanged(update: () => Promise<unknown>): Promise<void> {
  try {
    await update();
  } catch (error) {
    if (!(error instanceof ReimageError) || grpcCodeOf(error.cause) !== FAILED_PRECONDITION) throw error;
  }
}
