import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CalendarSpecDescription } from '@temporalio/client';
import { cronText } from '../../../../client/schedules/cron-text.js';
import { clockChanges, daylightTraps, firingTimes, isZone } from '../../../../client/schedules/daylight-saving.js';

const one = (start: number) => [{ start, end: start, step: 1 }];

/** Every day at this hour and minute, as the server keeps it. */
function daily(hour: number, minute: number, more: Partial<CalendarSpecDescription> = {}): CalendarSpecDescription {
  return {
    second: one(0),
    minute: one(minute),
    hour: one(hour),
    dayOfMonth: [{ start: 1, end: 31, step: 1 }],
    month: [{ start: 'JANUARY', end: 'DECEMBER', step: 1 }],
    year: [],
    dayOfWeek: [{ start: 'SUNDAY', end: 'SATURDAY', step: 1 }],
    ...more,
  };
}

const FROM = new Date('2027-01-01T00:00:00Z');
const BERLIN = 'Europe/Berlin';

describe('changes of the clock', () => {
  for (const { zone, expected } of [
    { zone: BERLIN, expected: ['2027-03-28T01:00:00.000Z +60', '2027-10-31T01:00:00.000Z -60'] },
    { zone: 'Australia/Lord_Howe', expected: ['2027-04-03T15:00:00.000Z -30', '2027-10-02T15:30:00.000Z +30'] },
    { zone: 'Asia/Shanghai', expected: [] },
    { zone: 'Asia/Atlantis', expected: [] },
  ]) {
    it(`are found in ${zone} to the minute`, () => {
      const changes = clockChanges(zone, FROM).map(
        ({ at, before, after }) => `${new Date(at).toISOString()} ${after > before ? '+' : ''}${after - before}`,
      );
      assert.deepEqual(changes, expected);
      assert.equal(isZone(zone), zone !== 'Asia/Atlantis');
    });
  }
});

describe('traps of daylight saving', () => {
  const [forward, back] = clockChanges(BERLIN, FROM);
  assert.ok(forward !== undefined && back !== undefined);

  it('a time that the clock leaves out, where nothing fires', () => {
    const [trap, ...others] = daylightTraps([daily(2, 30)], BERLIN, forward, []);
    assert.deepEqual([trap?.kind, trap?.local, others], ['left-out', '2027-03-28 02:30', []]);
    assert.equal(trap?.text, '2027-03-28 02:30 Europe/Berlin does not fire: the clock is changed then');
  });

  it('a time that comes twice, by how often the server fires', () => {
    const [first, second] = [new Date('2027-10-31T00:30:00Z'), new Date('2027-10-31T01:30:00Z')];
    const kinds = (times: Date[]) => daylightTraps([daily(2, 30)], BERLIN, back, times).map(({ kind }) => kind);
    assert.deepEqual(
      [kinds([first, second]), kinds([first]), kinds([second]), kinds([])],
      [['twice'], [], [], ['left-out']],
    );
  });

  it('a firing at a time that none asked for', () => {
    const times = [new Date('2027-10-31T01:30:00Z'), new Date('2027-10-31T02:30:00Z')];
    const traps = daylightTraps([daily(2, 30)], BERLIN, back, times);
    assert.deepEqual(
      traps.map(({ kind, local }) => [kind, local]),
      [['beside', '2027-10-31 03:30']],
    );
  });

  const range = (start: number, end: number, step = 1) => ({ start, end, step });
  for (const { name, calendars, locals } of [
    { name: 'one hour of two', calendars: [daily(2, 30, { hour: [range(1, 1), range(2, 2)] })], locals: ['02:30'] },
    { name: 'every second hour', calendars: [daily(2, 30, { hour: [range(0, 23, 2)] })], locals: ['02:30'] },
    { name: 'all hours but the first', calendars: [daily(2, 30, { hour: [range(1, 23)] })], locals: ['02:30'] },
    { name: 'all hours but the last', calendars: [daily(2, 30, { hour: [range(0, 22)] })], locals: ['02:30'] },
    { name: 'minutes by a step', calendars: [daily(2, 0, { minute: [range(1, 59, 30)] })], locals: ['02:01', '02:31'] },
    {
      name: 'more minutes than are told',
      calendars: [daily(2, 0, { minute: [range(0, 59, 15)] })],
      locals: ['02:00', '02:15', '02:30'],
    },
    { name: 'one of two times', calendars: [daily(4, 30), daily(2, 45)], locals: ['02:45'] },
    { name: 'the year', calendars: [daily(2, 30, { year: [range(2026, 2028)] })], locals: ['02:30'] },
    { name: 'another year', calendars: [daily(2, 30, { year: [range(2028, 2030)] })], locals: [] },
    { name: 'another day of the month', calendars: [daily(2, 30, { dayOfMonth: [range(1, 27)] })], locals: [] },
    { name: 'a time beside every hour', calendars: [daily(2, 30), daily(0, 30, { hour: [range(0, 23)] })], locals: [] },
  ])
    it(`${locals.length} at ${name}`, () => {
      const traps = daylightTraps(calendars, BERLIN, forward, []);
      assert.deepEqual(
        traps.map(({ local }) => local),
        locals.map((time) => `2027-03-28 ${time}`),
      );
    });

  for (const { name, calendar } of [
    { name: 'another hour', calendar: daily(4, 30) },
    {
      name: 'another day of the week',
      calendar: daily(2, 30, { dayOfWeek: [{ start: 'SATURDAY', end: 'SATURDAY', step: 1 }] }),
    },
    { name: 'another month', calendar: daily(2, 30, { month: [{ start: 'MAY', end: 'JUNE', step: 1 }] }) },
    { name: 'every hour', calendar: daily(2, 30, { hour: [{ start: 0, end: 23, step: 1 }] }) },
  ]) {
    it(`none at ${name}`, () => assert.deepEqual(daylightTraps([calendar], BERLIN, forward, []), []));
  }
});

describe('times of a schedule', () => {
  it('are told by the clock of the zone, and which of two alike is meant', () => {
    const times = ['2027-10-31T00:30:00Z', '2027-10-31T01:30:00Z', '2027-11-01T01:30:00Z'].map((at) => new Date(at));
    assert.deepEqual(
      firingTimes(times, BERLIN).map(({ local, note }) => [local, note]),
      [
        ['Sun 2027-10-31 02:30:00 +02:00', 'the clock shows 02:30 twice that day: the first of them'],
        ['Sun 2027-10-31 02:30:00 +01:00', 'the clock shows 02:30 twice that day: the second of them'],
        ['Mon 2027-11-01 02:30:00 +01:00', null],
      ],
    );
  });

  it('read as cron expressions', () => {
    const texts = [
      daily(2, 30),
      daily(2, 30, { second: one(5) }),
      daily(2, 30, { year: [{ start: 2030, end: 2040, step: 2 }] }),
      daily(2, 30, { minute: [{ start: 0, end: 59, step: 15 }], month: [{ start: 'MAY', end: 'JUNE', step: 1 }] }),
      daily(2, 30, { minute: [{ start: 0, end: 5, step: 1 }, ...one(30)], hour: [{ start: 20, end: 23, step: 1 }] }),
    ].map(cronText);
    assert.deepEqual(texts, [
      '30 2 * * *',
      '5 30 2 * * * *',
      '30 2 * * * 2030-2040/2',
      '*/15 2 * 5-6 *',
      '0-5,30 20-23 * * *',
    ]);
  });
});
