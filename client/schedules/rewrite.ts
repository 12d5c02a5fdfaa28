import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { isGrpcServiceError, ScheduleNotFoundError } from '@temporalio/client';
import proto from '@temporalio/proto';
import { temporalScheduleId } from '../../contracts/fleet/fleet-ids.js';
import { WORKFLOW } from '../../contracts/names.js';
import { tellingWait } from '../../temporal/waiting.js';
import type { ClientContext } from '../connection/context.js';
import { failureOf, toReimageError } from '../connection/errors.js';
import { callSchedule, noSuchSchedule } from './state.js';

type Schedule = proto.temporal.api.schedule.v1.ISchedule;
type Description = proto.temporal.api.workflowservice.v1.IDescribeScheduleResponse;

/** A schedule of ours as the server holds it: nothing of what it starts is decoded, so that no key is needed for it. */
export interface StoredSchedule {
  readonly schedule: Schedule;
  readonly info: proto.temporal.api.schedule.v1.IScheduleInfo;
  /** Another one after each change. */
  readonly conflictToken: Uint8Array;
}

const NOT_FOUND = 5;
const PLAIN = { longs: String, bytes: String, defaults: true } as const;

/** Changes by others that are given way to; each further one needs somebody else to be as quick as we are. */
const TRIES = 20;

/** How long the server may take to do what it has taken. */
const DONE_WITHIN_MS = 10_000;
const LOOK_MS = 50;

/** @throws ReimageNotFoundError `ScheduleNotFound`, also for a schedule that is not ours · ReimageUnreachableError */
export async function readStored(context: ClientContext, id: string): Promise<StoredSchedule> {
  const { schedule, info, conflictToken } = await callSchedule(context, id, () => describeStored(context, id));
  const type = schedule?.action?.startWorkflow?.workflowType?.name;
  if (!schedule || type !== WORKFLOW.scheduledFleet) throw noSuchSchedule(id, context);
  return { schedule, info: info ?? {}, conflictToken: conflictToken ?? new Uint8Array() };
}

/**
 * Changes a schedule from the very state that `change` was shown. The server drops a change made from an older one
 * without a word: so it is looked at once more, and where somebody else was first `change` is asked again, of what is
 * there then.
 * @param change - what it is to be; null: nothing is to be changed. What it throws ends the act
 * @throws ReimageNotFoundError `ScheduleNotFound` · ReimageError `ScheduleChanged` where others never stop changing it ·
 * ReimageUnreachableError
 */
export async function rewriteSchedule(
  context: ClientContext,
  id: string,
  change: (stored: StoredSchedule) => Schedule | null | Promise<Schedule | null>,
): Promise<void> {
  let stored = await readStored(context, id);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const wanted = await change(stored);
    if (wanted === null) return;
    await sendChange(context, id, wanted, stored.conflictToken);
    const { conflictToken } = stored;
    const waitFor = { what: `the Temporal server to change schedule ${id}`, forMs: DONE_WITHIN_MS };
    const now = await tellingWait(context.onProgress, waitFor, () => readChanged(context, id, conflictToken));
    if (isSame(now.schedule, wanted)) return;
    stored = now;
  }
  const message = `Schedule ${id} is being changed by others again and again: what was asked does not hold.`;
  throw toReimageError(failureOf('ScheduleChanged', message));
}

/** What is there once the server has taken in whichever change came first. */
async function readChanged(context: ClientContext, id: string, before: Uint8Array): Promise<StoredSchedule> {
  const deadline = Date.now() + DONE_WITHIN_MS;
  for (;;) {
    const stored = await readStored(context, id);
    if (!Buffer.from(before).equals(stored.conflictToken)) return stored;
    if (Date.now() > deadline) {
      const message = `The Temporal server has taken a change of schedule ${id}, and has not made it in time.`;
      throw toReimageError(
        failureOf('TemporalUnreachable', message, 'See with `reimage schedule describe` whether it has.'),
      );
    }
    await sleep(LOOK_MS);
  }
}

async function sendChange(
  context: ClientContext,
  id: string,
  schedule: Schedule,
  conflictToken: Uint8Array,
): Promise<void> {
  const { client } = context;
  const { namespace } = client.options;
  const { identity } = client.schedule.options;
  await callSchedule(context, id, () =>
    orNotFound(id, () =>
      // The SDK's own update sends no conflict token (1.24): it would lay an old state over a new one.
      client.workflowService.updateSchedule({
        namespace,
        scheduleId: temporalScheduleId(id),
        schedule,
        conflictToken,
        identity,
        requestId: randomUUID(),
      }),
    ),
  );
}

async function describeStored({ client }: ClientContext, id: string): Promise<Description> {
  const { namespace } = client.options;
  return await orNotFound(id, () =>
    client.workflowService.describeSchedule({ namespace, scheduleId: temporalScheduleId(id) }),
  );
}

async function orNotFound<T>(id: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === NOT_FOUND) throw new ScheduleNotFoundError(error.details, id);
    throw error;
  }
}

/** Field by field, since the server gives maps in any order. */
function isSame(a: Schedule, b: Schedule): boolean {
  const { Schedule: Message } = proto.temporal.api.schedule.v1;
  const plain = (each: Schedule) => Message.toObject(Message.decode(Message.encode(each).finish()), PLAIN);
  return isDeepStrictEqual(plain(a), plain(b));
}
