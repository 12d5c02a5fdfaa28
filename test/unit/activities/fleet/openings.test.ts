import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { occurrencesFrom, UnknownZoneError } from '../../../../activities/fleet/next-windows.js';
import { Maintenance, WEEKDAYS } from '../../../../contracts/fleet/maintenance.js';
import { holds } from '../../../fuzz/holds.js';

const maintenance = (input: object) => Maintenance.parse(input);
const nightly = (from: string, to: string) => [{ from, to }];
const spans = (input: object, from: string, count = 1) =>
  occurrencesFrom(maintenance(input), from, count).map(({ opensAt, closesAt }) => `${opensAt}/${closesAt}`);
const local = (input: object, from: string) => occurrencesFrom(maintenance(input), from, 1)[0]?.local;

describe('openings of maintenance windows', () => {
  it('stand as instants and in local time, across midnight on the day on which they open', () => {
    const shanghai = { zone: 'Asia/Shanghai', windows: [{ days: ['sat'], from: '22:00', to: '02:00' }] };
    assert.deepEqual(occurrencesFrom(maintenance(shanghai), '2026-11-24T00:00:00Z', 1), [
      {
        opensAt: '2026-11-28T14:00:00.000Z',
        closesAt: '2026-11-28T18:00:00.000Z',
        local: 'Sat 2026-11-28 22:00 +08:00 to Sun 2026-11-29 02:00 +08:00 Asia/Shanghai',
      },
    ]);
  });

  const ROWS: readonly { name: string; input: object; from: string; count?: number; expected: string[] }[] = [
    {
      name: 'one that is open now, after midnight, is the first',
      input: { zone: 'Asia/Shanghai', windows: [{ days: ['sat'], from: '22:00', to: '02:00' }] },
      from: '2026-11-28T17:59:59Z',
      count: 2,
      expected: [
        '2026-11-28T14:00:00.000Z/2026-11-28T18:00:00.000Z',
        '2026-12-05T14:00:00.000Z/2026-12-05T18:00:00.000Z',
      ],
    },
    {
      name: 'one that closes at this instant is over',
      input: { zone: 'UTC', windows: nightly('22:00', '23:00') },
      from: '2026-11-28T23:00:00Z',
      expected: ['2026-11-29T22:00:00.000Z/2026-11-29T23:00:00.000Z'],
    },
    {
      name: 'windows that overlap or touch are one',
      input: {
        zone: 'UTC',
        windows: [...nightly('22:00', '23:00'), ...nightly('22:30', '01:00'), ...nightly('01:00', '02:00')],
      },
      from: '2026-11-28T12:00:00Z',
      expected: ['2026-11-28T22:00:00.000Z/2026-11-29T02:00:00.000Z'],
    },
    {
      name: 'whole days make one weekend',
      input: { zone: 'UTC', windows: [{ days: ['sat', 'sun'], from: '00:00', to: '00:00' }] },
      from: '2026-11-24T00:00:00Z',
      expected: ['2026-11-28T00:00:00.000Z/2026-11-30T00:00:00.000Z'],
    },
    {
      name: 'a window inside of another one adds nothing',
      input: { zone: 'UTC', windows: [...nightly('20:00', '23:00'), ...nightly('21:00', '22:00')] },
      from: '2026-11-28T12:00:00Z',
      count: 2,
      expected: [
        '2026-11-28T20:00:00.000Z/2026-11-28T23:00:00.000Z',
        '2026-11-29T20:00:00.000Z/2026-11-29T23:00:00.000Z',
      ],
    },
    {
      name: 'the day before a span of blackout dates opens, and the day after it',
      input: {
        zone: 'UTC',
        windows: nightly('10:00', '11:00'),
        blackout: [{ from: '2026-11-30', to: '2026-12-02' }],
      },
      from: '2026-11-29T00:00:00Z',
      count: 2,
      expected: [
        '2026-11-29T10:00:00.000Z/2026-11-29T11:00:00.000Z',
        '2026-12-03T10:00:00.000Z/2026-12-03T11:00:00.000Z',
      ],
    },
    {
      name: 'nothing opens on a blackout date, nor on a day of a span of them',
      input: {
        zone: 'UTC',
        windows: nightly('02:00', '03:00'),
        blackout: ['2026-12-24', { from: '2026-12-25', to: '2026-12-26' }],
      },
      from: '2026-12-24T00:00:00Z',
      expected: ['2026-12-27T02:00:00.000Z/2026-12-27T03:00:00.000Z'],
    },
    {
      name: 'one that reaches into a blackout date ends at its midnight',
      input: { zone: 'Europe/Berlin', windows: nightly('22:00', '02:00'), blackout: ['2026-12-25'] },
      from: '2026-12-24T12:00:00Z',
      count: 2,
      expected: [
        '2026-12-24T21:00:00.000Z/2026-12-24T23:00:00.000Z',
        '2026-12-26T21:00:00.000Z/2026-12-27T01:00:00.000Z',
      ],
    },
    {
      name: 'one from a time that the clock leaves out opens where it is set forward',
      input: { zone: 'America/New_York', windows: nightly('02:30', '05:00') },
      from: '2026-03-08T00:00:00Z',
      expected: ['2026-03-08T07:00:00.000Z/2026-03-08T09:00:00.000Z'],
    },
    {
      name: 'one that lies wholly in what the clock leaves out does not open',
      input: { zone: 'America/New_York', windows: nightly('02:15', '02:45') },
      from: '2026-03-08T00:00:00Z',
      expected: ['2026-03-09T06:15:00.000Z/2026-03-09T06:45:00.000Z'],
    },
    {
      name: 'one from a time that happens twice opens at the first',
      input: { zone: 'America/New_York', windows: nightly('01:30', '05:00') },
      from: '2026-11-01T00:00:00Z',
      expected: ['2026-11-01T05:30:00.000Z/2026-11-01T10:00:00.000Z'],
    },
    {
      name: 'one to a time that happens twice closes at the first',
      input: { zone: 'Europe/Berlin', windows: nightly('00:30', '02:30') },
      from: '2026-10-24T23:00:00Z',
      expected: ['2026-10-24T22:30:00.000Z/2026-10-25T00:30:00.000Z'],
    },
    {
      name: 'a change of half an hour is one too',
      input: { zone: 'Australia/Lord_Howe', windows: nightly('02:10', '04:00') },
      from: '2026-10-03T12:00:00Z',
      expected: ['2026-10-03T15:30:00.000Z/2026-10-03T17:00:00.000Z'],
    },
    {
      name: 'a date that a zone has left out has no opening',
      input: { zone: 'Pacific/Apia', windows: [{ days: ['fri'], from: '12:00', to: '13:00' }] },
      from: '2011-12-29T00:00:00Z',
      expected: ['2012-01-05T22:00:00.000Z/2012-01-05T23:00:00.000Z'],
    },
    {
      name: 'without an end of the blackout there is none',
      input: { zone: 'UTC', windows: nightly('02:00', '03:00'), blackout: [{ from: '2026-01-01', to: '2099-12-31' }] },
      from: '2026-12-24T00:00:00Z',
      expected: [],
    },
  ];
  for (const { name, input, from, count = 1, expected } of ROWS) {
    it(name, () => assert.deepEqual(spans(input, from, count), expected));
  }

  it('say what daylight saving does to them', () => {
    const newYork = { zone: 'America/New_York', windows: nightly('02:30', '05:00') };
    assert.match(
      local(newYork, '2026-03-08T00:00:00Z') ?? '',
      /03:00 -04:00 to .* \(2026-03-08 has no 02:30: .* to 03:00\)$/,
    );
    const twice = { zone: 'America/New_York', windows: nightly('01:30', '05:00') };
    assert.match(
      local(twice, '2026-11-01T00:00:00Z') ?? '',
      /01:30 happens twice on 2026-11-01: the first.*set back 60 min/,
    );
    const spanning = { zone: 'Europe/Berlin', windows: nightly('22:00', '04:00') };
    assert.match(local(spanning, '2026-03-28T12:00:00Z') ?? '', /\(the clock is set forward 60 min in it\)$/);
    assert.doesNotMatch(local(spanning, '2026-03-27T12:00:00Z') ?? '', /clock/);
  });

  it('given a zone that there is not, then an error names it', () => {
    for (const zone of ['Asia/Shanghei', 'Mars/Base', 'local', '']) {
      const lacking = { ...maintenance({ zone: 'UTC', windows: nightly('01:00', '02:00') }), zone };
      assert.throws(
        () => occurrencesFrom(lacking, '2026-11-24T00:00:00Z', 1),
        (error) => error instanceof UnknownZoneError && error.message.includes(JSON.stringify(zone)),
      );
    }
  });

  it('whatever the windows, follow one another and are not over yet', async () => {
    const time = fc
      .tuple(fc.nat(23), fc.nat(59))
      .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);
    const day = fc.constantFrom(...WEEKDAYS);
    const windows = fc.array(fc.record({ days: fc.uniqueArray(day, { minLength: 1 }), from: time, to: time }), {
      minLength: 1,
      maxLength: 4,
    });
    const zone = fc.constantFrom('Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC');
    const from = fc.date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true });
    await holds(
      fc.property(zone, windows, from, (inZone, some, at) => {
        const openings = occurrencesFrom({ zone: inZone, windows: some, blackout: [] }, at.toISOString(), 5);
        assert.ok(openings.length > 0);
        let last = '';
        for (const { opensAt, closesAt } of openings) {
          assert.ok(
            opensAt < closesAt && closesAt > at.toISOString() && opensAt >= last,
            `${last} ${opensAt} ${closesAt}`,
          );
          last = closesAt;
        }
      }),
      200,
    );
  });

  it('one that ends at midnight does not close early for a blackout date after it', () => {
    const input = { zone: 'UTC', windows: nightly('22:00', '00:00'), blackout: ['2026-11-30'] };
    assert.equal(
      local(input, '2026-11-29T12:00:00Z'),
      'Sun 2026-11-29 22:00 +00:00 to Mon 2026-11-30 00:00 +00:00 UTC',
    );
  });
});
