import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FrameOptions, renderFleetFrame } from '../../../../client/cli/render/fleet-frame.js';
import { NOW } from './fake-deps.js';
import { counts, endedFleet, fleet, member, summary } from './fleet-fakes.js';

const draw = (look: Partial<FrameOptions>, rows = 24, width = 100) =>
  renderFleetFrame(
    { fleet: fleet(), members: [], phases: new Map(), ...look },
    { now: NOW, rows, width, colour: (_style, text) => text },
  );

const MEMBERS = [
  member('i-a1', { wave: 1, state: 'rebuilding', startedAt: '2026-11-24T06:00:05.000Z' }),
  member('i-a2', { wave: 1, state: 'held', reason: 'HealthCheckFailed: no answer' }),
  member('i-a3', { wave: 2, state: 'failed', failure: 'VmInError', reason: 'status error' }),
  member('i-a4', { wave: 2, state: 'deferred', reason: 'busy: another rebuild of it is under way' }),
];

describe('the live display of a fleet', () => {
  it('tells status, reason, wave, numbers and limits, and each VM that is not just a number', () => {
    const lines = draw({ members: MEMBERS, phases: new Map([['i-a1', 'stopping']]) });
    assert.deepEqual(lines, [
      'fleet web-1f0c53d5 (cn-north-1) -> img-new, for alice  1m 05s',
      'rebuilding: 3 under way',
      'wave 3/7  ✔ 41 ◌ 3 ॥ 1 held ✖ 0 · 55 waiting',
      'failures 0/4  unavailable 3/10  held 1/1',
      '  wave 2/7',
      '    ॥ i-a2           held         HealthCheckFailed: no answer',
      '    ◌ i-a1           stopping     1m 00s',
      '  wave 3/7',
      '    ✖ i-a3           failed       VmInError: status error',
      '    ↷ i-a4           deferred     busy: another rebuild of it is under way',
      'what may be decided: reimage status VM --region cn-north-1',
      'Ctrl-C ends this view, not the fleet; `reimage fleet abort web-1f0c53d5 --region cn-north-1` does',
    ]);
  });

  it('tells what happens next of itself, and the commands that it waits for', () => {
    const gate = summary({
      status: 'awaiting-approval',
      gate: { name: 'before wave 2' },
      reason: 'waits for approval after the canary',
      nextEvent: { description: 'nobody has approved: the fleet ends', at: '2026-11-24T07:01:05.000Z' },
      counts: counts({ done: 1, waiting: 9, skipped: 2 }),
    });
    const text = draw({ fleet: fleet({ summary: gate }) }).join('\n');
    assert.match(text, /next: nobody has approved: the fleet ends, .* \(in 1h 00m\)/);
    assert.match(
      text,
      /reimage fleet approve\|reject web-1f0c53d5 --region cn-north-1 --gate 'before wave 2' --reason TEXT/,
    );
    assert.match(text, /· 9 waiting · 2 skipped/);
  });

  it('on a small terminal keeps those that somebody has to look at, and counts the others', () => {
    const many = Array.from({ length: 50 }, (_, at) => member(`i-b${at}`, { state: 'rebuilding', wave: 1 }));
    const lines = draw({ members: [...many, ...MEMBERS] }, 12);
    assert.equal(lines.length, 11);
    assert.match(lines.join('\n'), /i-a2 [^]*i-a3 [^]*and \d+ more/);
  });

  it('is never higher or wider than the terminal', () => {
    for (const rows of [1, 2, 5, 8, 13, 40]) {
      for (const width of [20, 60, 200]) {
        const lines = draw({ members: MEMBERS }, rows, width);
        assert.ok(lines.length <= Math.max(1, rows - 1), `${rows} rows`);
        assert.ok(
          lines.every((line) => line.length < width),
          `${width} cells`,
        );
      }
    }
  });

  it('counts waves from one, the canary too, and names the one that has a name of its own', () => {
    const at = (index: number, name: string) =>
      draw({ fleet: fleet({ summary: summary({ wave: { index, count: 7, name } }) }), members: [] })[2];
    assert.match(at(0, 'canary') ?? '', /^wave 1\/7 \(canary\) /);
    assert.match(at(1, 'wave 2') ?? '', /^wave 2\/7 +✔/);
  });

  it('at the end tells how it ended, and what it leaves to look at', () => {
    assert.deepEqual(draw({ fleet: endedFleet('FleetFailed'), members: [MEMBERS[2] ?? member('i-a3')] }), [
      'fleet web-1f0c53d5 (cn-north-1) -> img-new, for alice  1m 05s',
      'failed: 99 done, 1 failed',
      '  wave 3',
      '    ✖ i-a3           failed       VmInError: status error',
    ]);
  });

  it('without a worker says so in place of the numbers', () => {
    const lines = draw({ fleet: fleet({ summary: null, note: 'no worker answered' }) });
    assert.deepEqual(lines.slice(1, 2), ['waiting: no worker answered']);
  });

  it('lets no text from outside move the cursor', () => {
    const evil = [member('i-a1', { state: 'held', reason: 'x\u001b[2Jy\nz' })];
    assert.ok(draw({ members: evil }).every((line) => !line.includes('\u001b') && !line.includes('\n')));
  });
});
