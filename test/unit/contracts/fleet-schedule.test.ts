import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FleetSchedule, type FleetScheduleInput } from '../../../contracts/fleet/fleet-schedule.js';

const SCHEDULE: FleetScheduleInput = {
  id: 'web-nightly',
  cron: ['0 2 * * 6'],
  zone: 'Asia/Shanghai',
  fleet: {
    name: 'web',
    regionId: 'cn-north-1',
    select: { name: '*' },
    image: { newestNamed: 'web-' },
    rebuild: { keyNames: ['ops'] },
  },
};

/** The fields that a schedule is wrong in. */
function wrongIn(change: object): string[] {
  const parsed = FleetSchedule.safeParse({ ...SCHEDULE, ...change });
  return (parsed.error?.issues ?? []).map(({ path }) => path.join('.'));
}

describe('FleetSchedule', () => {
  it('skips overlaps, catches up ten minutes, and pauses on failure, unless told otherwise', () => {
    const { fleet: _fleet, ...schedule } = FleetSchedule.parse(SCHEDULE);
    const { id, cron, zone } = SCHEDULE;
    const defaults = { jitterSeconds: 0, overlap: 'skip', catchUpSeconds: 600, pauseOnFailure: true, paused: false };
    assert.deepEqual(schedule, { id, cron, zone, ...defaults });
  });

  it('names who asks where another person has to approve: nobody else would at a firing', () => {
    const fleet = { ...SCHEDULE.fleet, rollout: { approval: { preventSelfApproval: true } } };
    assert.deepEqual(wrongIn({ fleet }), ['fleet.requestedBy']);
    assert.deepEqual(wrongIn({ fleet: { ...fleet, requestedBy: 'alice' } }), []);
  });

  for (const expression of [
    '0 2 * * 6',
    '*/15 0-6 1,15 JAN-JUN MON-FRI',
    '0 2 * * 6 2030',
    '30 0 2 * * 6 *',
    '@daily',
  ]) {
    it(`takes ${expression}`, () => assert.deepEqual(wrongIn({ cron: [expression] }), []));
  }

  for (const expression of [
    '',
    '0 2 * *',
    '0 0 0 2 * * 6 *',
    '@every 1h',
    'CRON_TZ=UTC 0 2 * * 6',
    '0 2 * * 6 # x',
    '@reboot',
  ]) {
    it(`does not take ${JSON.stringify(expression)}`, () =>
      assert.deepEqual(wrongIn({ cron: [expression] }), ['cron.0']));
  }

  for (const { name, change, field } of [
    { name: 'no time at all', change: { cron: undefined }, field: 'cron' },
    { name: 'a time of day that there is not', change: { calendars: [{ at: '24:00' }] }, field: 'calendars.0.at' },
    {
      name: 'a day that there is not',
      change: { calendars: [{ at: '02:00', daysOfMonth: [32] }] },
      field: 'calendars.0.daysOfMonth.0',
    },
    {
      name: 'no days where days are said',
      change: { calendars: [{ at: '02:00', weekdays: [] }] },
      field: 'calendars.0.weekdays',
    },
    { name: 'fleets beside each other', change: { overlap: 'allow-all' }, field: 'overlap' },
    { name: 'a firing that comes a week late', change: { catchUpSeconds: 604_800 }, field: 'catchUpSeconds' },
    { name: 'less than the server takes', change: { catchUpSeconds: 9 }, field: 'catchUpSeconds' },
    { name: 'an id that is none', change: { id: 'Web Nightly' }, field: 'id' },
    { name: 'a field that there is not', change: { timezone: 'UTC' }, field: '' },
    { name: 'a fleet that is wrong', change: { fleet: { ...SCHEDULE.fleet, regionId: '-' } }, field: 'fleet.regionId' },
  ]) {
    it(`refuses ${name}`, () => assert.deepEqual(wrongIn(change), [field]));
  }
});
