import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderRehearsal } from '../../../../../client/cli/render/rehearsal.js';
import type { RehearsalReport } from '../../../../../client/rehearsal/report-schema.js';
import { counts } from '../fleet-fakes.js';

const REPORT: RehearsalReport = {
  outcome: 'stopped',
  name: 'web',
  regionId: 'cn-north-1',
  planId: 'plan-reimage:cn-north-1:web:1',
  planDigest: '1f0c53d5aa',
  imageId: 'img-new',
  size: 5,
  failing: ['i-3', 'i-5'],
  seed: 7,
  counts: counts({ done: 2, failed: 2, waiting: 1 }),
  unexpectedOutcomes: [
    {
      instanceId: 'i-1',
      state: 'failed',
      failure: 'QuotaExceeded',
      reason: 'createImage of i-1: full (request id 12ab)',
    },
    {
      instanceId: 'i-2',
      state: 'failed',
      failure: 'QuotaExceeded',
      reason: 'createImage of i-2: full (request id 34cd)',
    },
  ],
  stop: {
    kind: 'pause',
    wave: { index: 1, count: 3, name: 'wave 2' },
    reason: 'failure budget exhausted (2 failed, 1 may)',
    afterSeconds: 345,
  },
  duration: {
    seconds: 400,
    bakeSeconds: 60,
    planSeconds: 3180,
    rebuildSeconds: 96.5,
    samples: 0,
    rehearsedSeconds: 29,
    compress: 20,
    pace: 15.42,
  },
  apiCalls: { total: 157, peakAMinute: 45, capAMinute: 600 },
  unavailable: {
    fleet: { peak: 3, limit: 2, before: 1 },
    domains: { 'zone a': { peak: 2, limit: 2, before: 0 }, 'zone b': { peak: 1, limit: null, before: 0 } },
  },
  erases: { 'i-1': 1, 'i-2': 1, 'i-3': 2, 'i-4': 0, 'i-5': 1 },
  gates: [{ reason: 'waits for approval after the canary', afterSeconds: 154 }],
  bakes: { count: 1, eachSeconds: 60 },
  windows: {
    occurrences: [
      { occurrence: { opensAt: '', closesAt: '', local: 'Wed 22:00' }, starts: 1 },
      { occurrence: { opensAt: '', closesAt: '', local: 'Thu 22:00' }, starts: 0 },
    ],
    left: 4,
  },
  changes: ['i-4 is gone'],
  notes: ['gates were approved at once'],
};

describe('what a rehearsal prints', () => {
  it('tells where it would stop and why, and every figure beside its limit', () => {
    assert.deepEqual(renderRehearsal(REPORT), [
      'the plan is stale: its start would be refused. Rehearsed as it is now:',
      '  i-4 is gone',
      'Rehearsal of web in cn-north-1 -> img-new: 5 VMs, 2 are made to fail (seed 7)',
      '  failing  i-3, i-5',
      '  VMs      2 done, 2 failed, 1 waiting',
      '  it would pause, 5m 45s after its start, in wave 2/3:',
      '    failure budget exhausted (2 failed, 1 may)',
      '',
      'duration: 6m 40s, until nothing is under way, of it 1 x 1m 00s of bake; the plan estimates 53m 00s for all of it',
      '  rehearsed in 29s, 20 times faster; its own overhead taken off, a second stood for 15.4',
      'maintenance windows, by these durations there would start:',
      '  1 VM in Wed 22:00',
      '  4 VMs in none of the 2 openings that the plan knows',
      'API calls: 157; at most 45 in a minute, a worker makes 600 at most',
      'unavailable at a time, at most: 3 of 2, 1 of them down before it began',
      '  zone a: 2 of 2',
      '  zone b: 1 (no limit of its own)',
      'system disks erased, of 5 VMs: 1 twice: moved, and put back, 3 once, 1 never',
      'gates, approved at once here:',
      '  after 2m 34s it waits for approval after the canary',
      'not well though they were not made to fail:',
      '  failed: QuotaExceeded: createImage of it: full (i-1, i-2)',
      '',
      'how it was rehearsed:',
      '  - gates were approved at once',
      'Nothing real was touched.',
    ]);
  });

  it('given one that goes through, then says so', () => {
    const lines = renderRehearsal({
      ...REPORT,
      outcome: 'done',
      stop: null,
      failing: [],
      unexpectedOutcomes: [],
      changes: [],
      windows: null,
      gates: [],
    });
    assert.ok(lines.includes('  it would go through to its end'));
    assert.ok(lines.includes('maintenance windows: none, it may start at any time'));
    assert.ok(lines.includes('gates: none'));
    assert.ok(lines.some((line) => line.startsWith('API calls: 157, 31.4 a VM')));
    assert.ok(!lines.some((line) => /stale|made to fail:|failing/.test(line)));
  });

  it('given a machine that does not keep up, then says which compression is more exact', () => {
    const slow = { ...REPORT, duration: { ...REPORT.duration, pace: 7.4 } };
    assert.ok(renderRehearsal(slow).some((line) => line.includes('--compress 7 takes hardly longer')));
    assert.ok(!renderRehearsal(REPORT).some((line) => line.includes('--compress')));
  });

  it('given hostile texts, then each stays on its line', () => {
    const hostile = 'a\u001b[2J\nb';
    const lines = renderRehearsal({ ...REPORT, changes: [hostile], notes: [hostile], imageId: hostile });
    // oxlint-disable-next-line no-control-regex
    assert.ok(lines.every((line) => !/[\u0000-\u001f]/.test(line)));
  });
});
