import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Maintenance } from '../../contracts/fleet/maintenance.js';
import { type FleetLane, fleetInput, fleetOutcome, startFleet } from '../workflows/fleet/fleet-lane.js';
import { dayText, nextAutumnInBerlin, nextSpringInNewYork, nextWeekday } from './local-dates.js';
import { DAY, HOUR, LIMIT, MINUTE, type SkippingWorld } from './skipping-world.js';

const FRIDAY = 5;

interface Windows extends Pick<Maintenance, 'zone' | 'windows'> {
  readonly blackout?: Maintenance['blackout'];
}

/** A fleet that rebuilds its VMs one after the other, with a bake between. */
async function startOneByOne(
  lane: FleetLane,
  maintenance: Windows,
  { bakeMs, p90Ms, maxHistoryEvents }: { bakeMs: number; p90Ms: number; maxHistoryEvents?: number },
) {
  const waves = lane.ids.map((_, at) => ({ name: `wave-${at + 1}`, size: 1 }));
  const rollout = { bakeSeconds: bakeMs / 1000, maintenance: { blackout: [], ...maintenance } };
  const input = { p90Seconds: p90Ms / 1000, ...(maxHistoryEvents !== undefined && { maxHistoryEvents }) };
  return await startFleet(lane, fleetInput(lane, { waves, rollout, input }));
}

/** Each VM was first touched within a minute after its moment, all of its rebuild was over soon, and it was erased once. */
function assertMovedAt({ touches }: SkippingWorld, ids: readonly string[], moments: readonly number[]): void {
  const text = (at: number) => new Date(at).toISOString();
  const began = ids.map((id) => touches(id)[0]?.at ?? Number.NaN);
  const isSoonAfter = (at: number, moment: number | undefined) =>
    moment !== undefined && at >= moment && at < moment + MINUTE;
  assert.ok(
    began.length === moments.length && began.every((at, index) => isSoonAfter(at, moments[index])),
    `began at ${began.map(text).join(', ')}; was to begin at ${moments.map(text).join(', ')}`,
  );
  for (const [index, id] of ids.entries()) {
    const all = touches(id);
    assert.deepEqual(
      all.map(({ operation }) => operation),
      ['stopInstance', 'rebuildInstance', 'startInstance'],
    );
    assert.ok(
      all.every(({ at }) => isSoonAfter(at, moments[index])),
      `the rebuild of ${id} is over in a minute`,
    );
  }
}

/** Cases of maintenance windows: nothing starts outside. */
export function windowCases(world: () => SkippingWorld): void {
  it(
    'across midnight, over three Fridays: each VM begins in an opening, none that would not end in it',
    LIMIT,
    async () => {
      const { take, now, skipTo } = world();
      const friday = nextWeekday(FRIDAY, (await now()) + 2 * DAY);
      await skipTo(friday - 2 * DAY);
      const lane = take(5);
      const windows = [{ days: ['fri' as const], from: '22:00', to: '04:00' }];
      const handle = await startOneByOne(
        lane,
        { zone: 'Asia/Shanghai', windows },
        { bakeMs: 2.5 * HOUR, p90Ms: HOUR, maxHistoryEvents: 100 },
      );

      const { outcome, auditEntries } = await fleetOutcome(handle);

      assert.equal(outcome, 'done');
      // 22:00 in Shanghai is 14:00 UTC; the third VM of a night would begin at 03:00, and not be over before 04:00.
      const nights = [friday, friday + 7 * DAY, friday + 14 * DAY].map((date) => date + 14 * HOUR);
      const moments = nights.flatMap((opens) => [opens, opens + 2.5 * HOUR]).slice(0, 5);
      assertMovedAt(world(), lane.ids, moments);
      assert.ok(
        auditEntries.some(({ action }) => action === 'continued'),
        'it has continued as new between them',
      );
    },
  );

  it('on blackout dates nothing begins, and before one only what ends by midnight', LIMIT, async () => {
    const { take, now, skipTo } = world();
    const black = nextWeekday(FRIDAY, (await now()) + 3 * DAY);
    await skipTo(black - 2 * DAY);
    const lane = take(3);
    const maintenance = {
      zone: 'Asia/Shanghai',
      windows: [{ days: [...EVERY_DAY], from: '22:00', to: '02:00' }],
      blackout: [dayText(black), { from: dayText(black + 3 * DAY), to: dayText(black + 4 * DAY) }],
    };
    const handle = await startOneByOne(lane, maintenance, { bakeMs: 12 * HOUR, p90Ms: 3 * HOUR });

    assert.equal((await fleetOutcome(handle)).outcome, 'done');
    assertMovedAt(
      world(),
      lane.ids,
      [-2, 1, 5].map((days) => black + days * DAY + 14 * HOUR),
    );
  });

  it(
    'in spring a window opens where the clock is set forward, and the short night takes no long rebuild',
    LIMIT,
    async () => {
      const { take, now, skipTo } = world();
      const spring = nextSpringInNewYork((await now()) + 3 * DAY);
      await skipTo(spring - 1.5 * DAY);
      const [lane, long] = [take(3), take(2)];
      const maintenance = { zone: 'America/New_York', windows: [{ days: [...EVERY_DAY], from: '02:30', to: '05:00' }] };
      const handle = await startOneByOne(lane, maintenance, { bakeMs: 12 * HOUR, p90Ms: 1.5 * HOUR });
      const ofLong = await startOneByOne(long, maintenance, { bakeMs: 12 * HOUR, p90Ms: 2.25 * HOUR });

      assert.equal((await fleetOutcome(handle)).outcome, 'done');
      assert.equal((await fleetOutcome(ofLong)).outcome, 'done');
      // 02:30 EST is 07:30 UTC, 03:00 EDT 07:00 UTC, 02:30 EDT 06:30 UTC.
      const [before, on, after] = [spring - DAY + 7.5 * HOUR, spring + 7 * HOUR, spring + DAY + 6.5 * HOUR];
      assertMovedAt(world(), lane.ids, [before, on, after]);
      assertMovedAt(world(), long.ids, [before, after]);
    },
  );

  it(
    'in autumn a window opens at the first of two times, and what takes long waits for the long night',
    LIMIT,
    async () => {
      const { take, now, skipTo } = world();
      const autumn = nextAutumnInBerlin((await now()) + 3 * DAY);
      await skipTo(autumn - 1.5 * DAY);
      const [lane, long] = [take(3), take(2)];
      const maintenance = { zone: 'Europe/Berlin', windows: [{ days: [...EVERY_DAY], from: '02:30', to: '03:30' }] };
      const handle = await startOneByOne(lane, maintenance, { bakeMs: 12 * HOUR, p90Ms: 0.5 * HOUR });
      const ofLong = await startOneByOne(long, maintenance, { bakeMs: 12 * HOUR, p90Ms: 1.5 * HOUR });

      assert.equal((await fleetOutcome(handle)).outcome, 'done');
      assert.equal((await fleetOutcome(ofLong)).outcome, 'done');
      // 02:30 CEST is 00:30 UTC, 02:30 CET 01:30 UTC.
      const first = autumn + 0.5 * HOUR;
      assertMovedAt(world(), lane.ids, [first - DAY, first, first + DAY + HOUR]);
      assertMovedAt(world(), long.ids, [first, nextAutumnInBerlin(autumn) + 0.5 * HOUR]);
    },
  );
}

const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
