import assert from 'node:assert/strict';
import type { WorkflowHandle } from '@temporalio/client';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { type FleetLane, fleetInput, startFleet, untilFleet } from '../workflows/fleet/fleet-lane.js';
import { nextWeekday } from './local-dates.js';
import { DAY, HOUR, MINUTE, type SkippingWorld } from './skipping-world.js';

const FRIDAY = 5;

/** Friday night in Shanghai, which is Friday from 14:00 to 20:00 UTC. */
export const FRIDAY_NIGHT = {
  zone: 'Asia/Shanghai',
  windows: [{ days: ['fri' as const], from: '22:00', to: '04:00' }],
};
const OPENS = 14 * HOUR;
const CLOSES = 20 * HOUR;

/** A fleet of one VM that waits for Friday night. */
export interface FridayFleet {
  readonly lane: FleetLane;
  readonly instanceId: string;
  readonly handle: WorkflowHandle;
  readonly opensAt: number;
  readonly closesAt: number;
  /** When the night a week later begins. */
  readonly opensAgainAt: number;
}

/** Goes to a Thursday and starts a fleet there. */
export async function startOnThursday(world: SkippingWorld, input: Partial<FleetInput> = {}): Promise<FridayFleet> {
  const friday = nextWeekday(FRIDAY, (await world.now()) + 2 * DAY);
  await world.skipTo(friday - DAY);
  const lane = world.take(1);
  const handle = await startFleet(lane, fleetInput(lane, { rollout: { maintenance: FRIDAY_NIGHT }, input }));
  await untilOutside(handle);
  return {
    lane,
    instanceId: lane.ids[0] ?? '',
    handle,
    opensAt: friday + OPENS,
    closesAt: friday + CLOSES,
    opensAgainAt: friday + 7 * DAY + OPENS,
  };
}

/** Waits until the fleet says that no window is open. @returns when the next opens, as it says */
export async function untilOutside(handle: WorkflowHandle): Promise<number> {
  const { nextEvent } = await untilFleet(
    handle,
    'it waits for its window',
    ({ reason, counts }) => counts.waiting === 1 && /outside the maintenance window/.test(reason),
  );
  return Date.parse(nextEvent?.at ?? '');
}

/** The VM was first touched within a minute after a moment. */
export function assertBegan({ touches }: SkippingWorld, instanceId: string, moment: number): void {
  const at = touches(instanceId)[0]?.at ?? 0;
  const text = `${instanceId} began at ${new Date(at).toISOString()}, not at ${new Date(moment).toISOString()}`;
  assert.ok(at >= moment && at < moment + MINUTE, text);
}
