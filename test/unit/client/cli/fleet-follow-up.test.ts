import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderReportCsv, renderReportMarkdown } from '../../../../client/cli/commands/fleet/report.js';
import type { CliFleets } from '../../../../client/cli/io/deps.js';
import { renderFleet } from '../../../../client/cli/render/fleet.js';
import { failureOf, toReimageError } from '../../../../client/connection/errors.js';
import type { FollowUp } from '../../../../client/fleets/follow-up.js';
import type { FleetReport } from '../../../../client/fleets/report.js';
import type { FleetRollbackPlan } from '../../../../client/fleets/rollback.js';
import { type FakeOptions, NOW, runFake } from './fake-deps.js';
import { endedFleet, fleet, fleetPlan, member } from './fleet-fakes.js';
import { leafCommands } from './leaf-commands.js';

const PLAN = fleetPlan();
const SHOWN: FleetRollbackPlan = {
  rollbackOf: 'web-00000000',
  digest: 'abc',
  plan: PLAN,
  targets: [
    { instanceId: 'i-a1', imageId: 'img-old', from: 'former-image' },
    { instanceId: 'i-a2', imageId: 'img-backup', from: 'backup' },
  ],
  leftOut: [{ instanceId: 'i-a3', why: 'it has img-x now, not img-new' }],
};

function withoutSignal({ signal: _signal, ...followUp }: FollowUp = {}): FollowUp {
  return followUp;
}

/** A library that plans and starts what follows on a fleet, and keeps what it was given. */
function following(given: unknown[] = [], overrides: Partial<CliFleets> = {}): FakeOptions {
  return {
    fleets: {
      planRetry: async (named, followUp) => {
        given.push([named, withoutSignal(followUp)]);
        return { plan: PLAN, retryOf: 'web-00000000', leftOut: [] };
      },
      start: async (_plan, options) => {
        given.push(options);
        return fleet();
      },
      planRollback: async (named, followUp) => {
        given.push([named, withoutSignal(followUp)]);
        return SHOWN;
      },
      rollback: async (named, options) => {
        given.push([named, { ...options, asShown: options?.asShown?.digest }]);
        return fleet();
      },
      wait: async () => endedFleet(),
      ...overrides,
    },
    env: { USER: 'alice' },
  };
}

describe('whoever asks', () => {
  it('may be named by --by in every command that records them', async () => {
    const recording = (await leafCommands()).filter(({ command }) =>
      command.options.some(({ long }) => long === '--requested-by' || long === '--by'),
    );
    assert.ok(recording.length >= 16);
    for (const { name, command } of recording)
      assert.ok(
        command.options.some(({ short, long }) => [short, long].includes('--by')),
        name,
      );
  });

  it('by --by is recorded for a retry and a rollback', async () => {
    for (const act of ['retry', 'rollback']) {
      const given: unknown[] = [];
      await runFake(['fleet', act, 'web', '--dry-run', '--by', 'bob'], following(given));
      assert.deepEqual(given, [[{ fleetId: 'web' }, { requestedBy: 'bob' }]]);
    }
  });
});

describe('reimage fleet retry', () => {
  it('shows what is left, has the name typed, starts it linked to the old, and follows', async () => {
    const given: unknown[] = [];
    const argv = ['fleet', 'retry', 'web', '--reason', 'quota', '--exclude-ids', 'i-9'];
    const { exitCode, calls, err } = await runFake(argv, { ...following(given), answer: 'web' });
    assert.equal(exitCode, 0);
    assert.deepEqual(calls, ['fleets.planRetry', 'fleets.start', 'fleets.wait', 'close']);
    assert.deepEqual(given, [
      [{ fleetId: 'web' }, { requestedBy: 'alice', reason: 'quota', excludeIds: ['i-9'] }],
      { retryOf: 'web-00000000', replan: true },
    ]);
    assert.match(err.join('\n'), /what fleet web-00000000 has left[^]*i-a2 [^\n]*! erases system disk/);
  });

  it('with --dry-run shows it and starts nothing', async () => {
    const { exitCode, calls, out } = await runFake(['fleet', 'retry', 'web', '--dry-run'], following());
    assert.deepEqual([exitCode, calls.includes('fleets.start')], [0, false]);
    assert.match(out.join('\n'), /i-a1 [^\n]*! erases system disk/);
    const json = await runFake(['fleet', 'retry', 'web', '--dry-run', '--output', 'json'], following());
    assert.deepEqual(Object.keys(JSON.parse(json.out[0] ?? '') as object), ['retryOf', 'plan', 'leftOut']);
  });

  it('names VMs that wait to be put back, and the command that goes on with them', async () => {
    const leftOut = [{ instanceId: 'i-a3', why: 'it waits to be put back' }];
    const planRetry = async () => ({ plan: PLAN, retryOf: 'web-00000000', leftOut });
    const { out } = await runFake(['fleet', 'retry', 'web', '--dry-run'], following([], { planRetry }));
    assert.deepEqual(out.slice(-2), [
      '  i-a3 left alone: it waits to be put back',
      'goes on putting them back: `reimage fleet rollback web-00000000 --region cn-north-1`',
    ]);
  });

  it('exits with 5 while the fleet runs', async () => {
    const planRetry = () => Promise.reject(toReimageError(failureOf('DecisionRefused', 'still under way')));
    const seen = await runFake(['fleet', 'retry', 'web', '--yes'], following([], { planRetry }));
    assert.equal(seen.exitCode, 5);
  });
});

describe('reimage fleet rollback', () => {
  it('shows what each VM gets and loses, asks, and goes only the way that was shown', async () => {
    const given: unknown[] = [];
    const { exitCode, err } = await runFake(['fleet', 'rollback', 'web'], { ...following(given), answer: 'web' });
    assert.equal(exitCode, 0);
    assert.deepEqual(given, [
      [{ fleetId: 'web' }, { requestedBy: 'alice' }],
      [
        { fleetId: 'web-00000000', regionId: 'cn-north-1' },
        { requestedBy: 'alice', asShown: 'abc' },
      ],
    ]);
    const text = err.join('\n');
    assert.match(text, /i-a1 img-old -> img-old ! erases system disk \(all on it is lost\)/);
    assert.match(text, /i-a2 img-old -> img-backup ! erases system disk \(backup: what was written since is lost\)/);
    assert.match(text, /i-a3 left alone: it has img-x now/);
  });

  it('given another word than the name, or --dry-run, starts nothing', async () => {
    const no = await runFake(['fleet', 'rollback', 'web'], { ...following(), answer: 'no' });
    assert.deepEqual([no.exitCode, no.calls.includes('fleets.rollback')], [4, false]);
    const dry = await runFake(['fleet', 'rollback', 'web', '--dry-run'], following());
    assert.deepEqual([dry.exitCode, dry.calls.includes('fleets.rollback')], [0, false]);
  });
});

const REPORT: FleetReport = {
  fleet: endedFleet(),
  auditEntries: [{ at: '2026-11-24T06:00:00.000Z', action: 'approve', by: 'bob', reason: 'looks | fine' }],
  members: [
    {
      ...member('i-a1', { finishedAt: '2026-11-24T06:05:12.000Z' }),
      name: 'web | 1',
      durationSeconds: 312,
      runId: 'run-1',
      imageAfter: 'img-new',
      deviations: [],
    },
    {
      ...member('i-a2', { state: 'failed', failure: 'VmInError' }),
      name: null,
      durationSeconds: null,
      runId: null,
      imageAfter: null,
      deviations: ['=HYPERLINK("x"), failed'],
    },
  ],
  deviations: ['set by bob: night'],
};

const UNTOLD = { name: null, durationSeconds: null, runId: null, imageAfter: null, deviations: [] };

describe('reimage fleet report', () => {
  it('shows of a fleet what it no longer tells', () => {
    const lines = renderFleet(endedFleet(null, { omitted: { reasons: 4_321, auditEntries: 0 } }), NOW);
    assert.ok(lines.includes('  left out  for their size: notes of 4321 VMs'), lines.join('\n'));
  });

  it('as Markdown tells facts, acts, deviations and VMs, and lets no text break a table', () => {
    const text = renderReportMarkdown(REPORT).join('\n');
    assert.match(text, /^# Fleet web-1f0c53d5\n\n- \*\*Outcome:\*\* done\n/);
    assert.match(text, /- \*\*Plan digest:\*\* 1f0c53d5aa/);
    assert.match(text, /approve by bob: looks \\\| fine/);
    assert.match(text, /## Deviations from the plan\n\n- set by bob: night/);
    assert.match(text, /- \*\*Took:\*\* 1m 05s/);
    assert.match(text, /\| i-a1 \| web \\\| 1 \| cn-north-1a \| 1 \| done \| img-old \| img-new \| img-new \|/);
    assert.match(text, /\| 2026-11-24T06:05:12\.000Z \| 5m 12s \|/);
  });

  it('as CSV quotes what must be, and hands no formula to a spreadsheet', () => {
    const [header, first, second] = renderReportCsv(REPORT);
    assert.match(
      header ?? '',
      /^instance,name,zone,wave number,outcome,.*,started,finished,duration in seconds,deviations,run$/,
    );
    assert.match(first ?? '', /^i-a1,web \| 1,cn-north-1a,1,.*,2026-11-24T06:05:12\.000Z,312,,run-1$/);
    assert.match(second ?? '', /"'=HYPERLINK\(""x""\), failed"/);
    for (const [start, shown] of [
      ['＝1+1', "'＝1+1"],
      ['＋1', "'＋1"],
      ['－1', "'－1"],
      ['＠SUM', "'＠SUM"],
      ['\t=1', "'=1"],
      ['\r\n@x', "'@x"],
      ['a;=1', 'a;=1'],
    ]) {
      const named = { ...member('i-a3'), ...UNTOLD, name: start ?? '' };
      const [, row] = renderReportCsv({ ...REPORT, members: [named] });
      assert.ok(row?.startsWith(`i-a3,"${shown}",`), row);
    }
  });

  for (const [argv, starts] of [
    [[], '# Fleet'],
    [['--format', 'csv'], 'instance,'],
    [['--format', 'json'], '{"fleet":'],
    [['--output', 'json'], '{"fleet":'],
  ] as const) {
    it(`reimage fleet report web ${argv.join(' ')}`, async () => {
      const report: CliFleets['report'] = async () => REPORT;
      const { exitCode, out } = await runFake(['fleet', 'report', 'web', ...argv], { fleets: { report } });
      assert.equal(exitCode, 0);
      assert.ok(out[0]?.startsWith(starts), out[0]);
    });
  }
});
