import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readAnswerClock } from '../../../jdcloud/clocks.js';

const NOON = Date.parse('2026-11-24T12:00:00Z');
const at = (minutes: number) => new Date(NOON + minutes * 60_000);

interface Row {
  readonly name: string;
  /** Minutes after noon: of JD Cloud's clock when it answered; null for an answer without a date. */
  readonly date: number | null;
  readonly machineAt: number;
  readonly signedAt: number;
  readonly answeredAt: number;
  readonly skewMinutes: number | null;
  readonly isDateStale: boolean;
}

const ROWS: readonly Row[] = [
  { name: 'the same time', date: 0, machineAt: 0, signedAt: 0, answeredAt: 0, skewMinutes: 0, isDateStale: false },
  { name: 'a clock ahead', date: 0, machineAt: 20, signedAt: 20, answeredAt: 20, skewMinutes: 20, isDateStale: true },
  { name: 'a clock behind', date: 20, machineAt: 0, signedAt: 0, answeredAt: 0, skewMinutes: -20, isDateStale: true },
  {
    name: 'half a minute',
    date: 0,
    machineAt: 0.5,
    signedAt: 0.5,
    answeredAt: 0.5,
    skewMinutes: 0.5,
    isDateStale: false,
  },
  {
    name: 'a corrected date',
    date: 0,
    machineAt: 20,
    signedAt: 0,
    answeredAt: 20,
    skewMinutes: 20,
    isDateStale: false,
  },
  {
    name: 'an outdated correction',
    date: 0,
    machineAt: 0,
    signedAt: -20,
    answeredAt: 0,
    skewMinutes: 0,
    isDateStale: true,
  },
  {
    name: 'a pause before sending',
    date: 20,
    machineAt: 0,
    signedAt: 0,
    answeredAt: 20,
    skewMinutes: 0,
    isDateStale: true,
  },
  {
    name: 'a pause before reading',
    date: 0,
    machineAt: 0,
    signedAt: 0,
    answeredAt: 20,
    skewMinutes: 0,
    isDateStale: false,
  },
  { name: 'no date', date: null, machineAt: 20, signedAt: 20, answeredAt: 20, skewMinutes: null, isDateStale: false },
];

describe('the date of an answer', () => {
  for (const { name, date, machineAt, signedAt, answeredAt, skewMinutes, isDateStale } of ROWS) {
    it(`given ${name}, then the skew is ${skewMinutes ?? 'not known'} and the date ${isDateStale ? 'stale' : 'good'}`, () => {
      const stamp = { machineAt: at(machineAt), signedAt: at(signedAt) };
      const header = date === null ? null : at(date).toUTCString();

      const clock = readAnswerClock(header, stamp, at(answeredAt));

      assert.deepEqual(clock, {
        at: at(date ?? answeredAt),
        skewMs: skewMinutes === null ? null : skewMinutes * 60_000,
        isDateStale,
      });
    });
  }

  for (const header of ['soon', '2026', '', 'Tue, nonsense']) {
    it(`given "${header}", then it tells nothing`, () => {
      assert.equal(readAnswerClock(header, { machineAt: at(0), signedAt: at(0) }, at(0)).skewMs, null);
    });
  }
});
