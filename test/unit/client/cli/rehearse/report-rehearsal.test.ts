import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rehearsedTimes } from '../../../../../client/rehearsal/plan.js';
import { type Rehearsed, reportRehearsal } from '../../../../../client/rehearsal/report.js';
import type { StandstillKind } from '../../../../../client/rehearsal/run.js';
import { fleet, fleetPlan, member, summary } from '../fleet-fakes.js';

const START = Date.parse('2026-11-24T10:00:00.000Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

/** A rehearsal at its true pace: the budget is exhausted after 10 s, the last VM ends after 40, and then nothing comes. */
function standing(kind: StandstillKind): Rehearsed {
  const plan = fleetPlan();
  const auditEntries = [{ at: at(10), action: 'budget-exhausted', by: null, reason: '1 failed, 0 may' }];
  const seen = summary({ startedAt: at(0), auditEntries });
  const members = [member('i-a1', { state: 'failed', startedAt: at(0), finishedAt: at(40) })];
  const standstill = { kind, reason: 'stands', since: START + 41_000 };
  return {
    plan,
    played: { fleet: fleet({ summary: seen }), summary: seen, wave: seen.wave, standstill, members, bakes: [] },
    entries: [],
    times: rehearsedTimes(plan),
    compress: 1,
    failing: ['i-a1'],
    seed: 1,
    changes: [],
    downBefore: new Set(),
    startedAt: START,
    endedAt: START + 50_000,
  };
}

describe('where a rehearsal says that the fleet would stop', () => {
  const rows: readonly [StandstillKind, number][] = [
    ['pause', 10],
    ['blocked', 40],
    ['held', 41],
  ];
  for (const [kind, afterSeconds] of rows) {
    const when =
      kind === 'pause' ? 'when its budget is exhausted' : 'when nothing comes any more, though it turned back';
    it(`is, for ${kind}, ${when}`, () =>
      assert.equal(reportRehearsal(standing(kind)).stop?.afterSeconds, afterSeconds));
  }
});
