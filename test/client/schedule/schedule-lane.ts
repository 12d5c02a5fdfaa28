import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ReimageClient, ReimageUnreachableError } from '../../../client/index.js';
import type { ScheduleDetails } from '../../../client/schedules/state.js';
import { temporalScheduleId } from '../../../contracts/fleet/fleet-ids.js';
import type { FleetScheduleInput } from '../../../contracts/fleet/fleet-schedule.js';
import type { FleetSpecInput } from '../../../contracts/fleet/fleet-spec.js';
import { defer, type Scope } from '../../fixtures/defer.js';
import { eventuallyGiven } from '../../fixtures/eventually.js';
import { testTemporal } from '../../fixtures/temporal-env.js';

export const WHO = { by: 'ana', reason: 'test' } as const;

/** The library on the server of all tests, without any worker. */
export async function schedulesOnly(scope: Scope): Promise<ReimageClient> {
  const { client } = await testTemporal(scope);
  return await ReimageClient.connect({ client, taskQueue: `nobody-${randomBytes(4).toString('hex')}`, env: {} });
}

/** A schedule under an id of its own that is deleted when the scope ends, whatever has become of it. */
export function scheduleFor(
  scope: Scope,
  { temporal }: ReimageClient,
  fleet: FleetSpecInput,
  more: Partial<FleetScheduleInput> = {},
): FleetScheduleInput {
  const id = `nightly-${randomBytes(4).toString('hex')}`;
  defer(scope, async () => {
    await temporal.schedule
      .getHandle(temporalScheduleId(id))
      .delete()
      .catch(() => undefined);
  });
  return { id, cron: ['0 2 * * 6'], zone: 'Asia/Shanghai', fleet, ...more };
}

/** Waits until a schedule is as said, and hands it on. */
export async function untilScheduleIs(
  { schedules }: ReimageClient,
  id: string,
  what: string,
  isTrue: (schedule: ScheduleDetails) => boolean,
): Promise<ScheduleDetails> {
  let last: ScheduleDetails | null = null;
  const look = async (): Promise<ScheduleDetails | null> => {
    // Asked as often as it can be answered, a server on a busy machine answers nobody in time.
    await delay(LOOK_MS);
    last = await schedules.describe(id).catch(unlessUnreachable);
    return last !== null && isTrue(last) ? last : null;
  };
  return await eventuallyGiven(what, look).catch((error: unknown) => {
    throw new Error(`${String(error)}; last: ${JSON.stringify(last)}`);
  });
}

const LOOK_MS = 200;

function unlessUnreachable(error: unknown): null {
  if (error instanceof ReimageUnreachableError) return null;
  throw error;
}
