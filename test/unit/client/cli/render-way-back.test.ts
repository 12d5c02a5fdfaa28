import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatLocal } from '../../../../client/cli/io/text.js';
import { renderOperation, renderResult } from '../../../../client/cli/render/operation.js';
import { renderChange, renderFrame } from '../../../../client/cli/render/progress.js';
import { failureOf } from '../../../../client/connection/errors.js';
import type { HealthReport } from '../../../../contracts/health-check.js';
import type { RebuildResult } from '../../../../contracts/rebuild-result.js';
import { HELD, heldOperation, NOW, operation, progress, result, runFake } from './fake-deps.js';

const AT = '2026-11-24T06:01:00.000Z';
const DEADLINE = formatLocal(HELD.deadlineAt);

/** What a result has beside what every result has. */
function more(overrides: Partial<RebuildResult>): string[] {
  const usual = new Set(renderResult(result({ outcome: overrides.outcome ?? 'done' })));
  return renderResult(result(overrides)).filter((line) => !usual.has(line));
}

describe('an instant by the clock of this machine', () => {
  for (const [zone, text] of [
    ['Asia/Shanghai', '2026-11-24 15:00:05 +08:00'],
    ['UTC', '2026-11-24 07:00:05 +00:00'],
    ['America/St_Johns', '2026-11-24 03:30:05 -03:30'],
  ] as const) {
    it(`in ${zone} is ${text}`, (t) => {
      const before = process.env['TZ'];
      t.after(() => {
        if (before === undefined) delete process.env['TZ'];
        else process.env['TZ'] = before;
      });
      process.env['TZ'] = zone;
      assert.equal(formatLocal(HELD.deadlineAt), text);
    });
  }
});

describe('a held rebuild', () => {
  it('shows in status why, until when, and the commands to type', () => {
    const lines = renderOperation(heldOperation({ backupImageId: 'img-backup' }), NOW);
    assert.deepEqual(lines.slice(0, 10), [
      'running: rebuild of i-a1 in cn-north-1, held, 1m 05s',
      '  phase     held for 45s',
      '  step      VM rebuilding',
      '  held      HealthCheckFailed: no answer',
      `  decide    until ${DEADLINE}, then give-up (in 59m 00s)`,
      '    $ reimage decide i-a1 retry --region cn-north-1 --reason TEXT     # looks again and checks again; no other erase',
      '    $ reimage decide i-a1 rollback --region cn-north-1 --reason TEXT  # puts the VM back; erases its system disk',
      '    $ reimage decide i-a1 accept --region cn-north-1 --reason TEXT    # takes the VM as it is',
      '    $ reimage decide i-a1 give-up --region cn-north-1 --reason TEXT   # ends as failed; the VM stays as it is',
      '  backup    img-backup',
    ]);
  });

  it('offers only what it waits for', () => {
    const held = { ...HELD, choices: ['accept' as const] };
    const text = renderOperation(operation({ progress: progress({ phase: 'held', held }) }), NOW).join('\n');
    assert.match(text, /decide i-a1 accept/);
    assert.doesNotMatch(text, /decide i-a1 (retry|rollback|give-up)/);
  });

  it('is one plain line off a terminal, which does not come again as time passes', () => {
    const line = renderChange(operation(), heldOperation(), NOW);
    assert.equal(
      line,
      `2026-11-24T06:01:05.000Z i-a1 held: HealthCheckFailed: no answer; waits for a decision until ${DEADLINE}, then give-up: ` +
        'reimage decide i-a1 retry|rollback|accept|give-up --region cn-north-1 --reason TEXT',
    );
    assert.equal(renderChange(heldOperation(), heldOperation(), new Date(NOW.getTime() + 60_000)), null);
  });

  it('shows in a live frame why, until when and how to decide, instead of what comes next', () => {
    const lines = renderFrame(heldOperation(), { now: NOW, width: 120, rows: 24, colour: (_style, text) => text });
    assert.deepEqual(lines.slice(-4), [
      'held: HealthCheckFailed: no answer',
      `decide retry, rollback, accept, give-up until ${DEADLINE}, then give-up (in 59m 00s):`,
      'reimage decide i-a1 DECISION --region cn-north-1 --reason TEXT',
      'Ctrl-C ends this view, not the rebuild; `reimage cancel i-a1 --region cn-north-1` does',
    ]);
    assert.match(lines.join('\n'), /▸ held/);
    assert.doesNotMatch(lines.join('\n'), /next:|· /);
  });

  it('is pointed to beside a list, which does not know what it waits for', async () => {
    const list = async () => [heldOperation({ progress: null }), operation({ instanceId: 'i-b2', progress: null })];
    const { out, err } = await runFake(['list'], { client: { list } });
    assert.equal(out.length, 3);
    assert.deepEqual(err, ['held: reimage status i-a1 --region cn-north-1 tells what may be decided']);
    assert.deepEqual((await runFake(['list', '--output', 'json'], { client: { list } })).err, []);
  });

  it('is watched on, and its end is the exit code', async () => {
    const { exitCode, err } = await runFake(['watch', 'i-a1', '--region', 'cn-north-1'], {
      client: {
        get: async () => heldOperation(),
        wait: async (_ref, options) => {
          options?.onProgress?.(heldOperation());
          options?.onProgress?.(heldOperation());
          return result();
        },
      },
    });
    assert.equal(exitCode, 0);
    assert.equal(err.filter((line) => line.includes('waits for a decision')).length, 1);
  });
});

describe('a live frame of a backup being made', () => {
  it('shows what is ahead of it', () => {
    const shown = operation({ progress: progress({ phase: 'backing-up' }) });
    const text = renderFrame(shown, { now: NOW, width: 80, rows: 24, colour: (_style, line) => line }).join('\n');
    assert.match(text, /▸ backing-up .*\n {2}· rebuilding\n {2}· starting\n {2}· verifying/);
  });
});

describe('a rebuild of a fleet in status', () => {
  it('names the fleet', () => {
    const lines = renderOperation(operation({ fleetId: 'web-1f0c53d5' }), NOW);
    assert.ok(lines.includes('  fleet     web-1f0c53d5'));
    assert.ok(!renderOperation(operation(), NOW).join().includes('fleet'));
  });
});

describe('a rollback in status', () => {
  it('names the run that it puts back', () => {
    const lines = renderOperation(operation({ rollbackOf: 'run-1' }), NOW);
    assert.ok(lines.includes('  rollback  of run run-1'));
  });
});

describe('an end with a way back', () => {
  it('shows the backup and the older ones that were deleted', () => {
    const backup = {
      imageId: 'img-b',
      name: 'reimage-i-a1-1',
      status: 'ready',
      dataDisks: true,
      pruned: ['img-1', 'img-2'],
    };
    assert.deepEqual(more({ backup }), [
      '  backup    img-b "reimage-i-a1-1" ready; with cloud data disks; older ones deleted: img-1, img-2',
    ]);
    assert.deepEqual(more({ backup: null }), []);
  });

  it('shows how healthy the VM is, and was', () => {
    const bad = { check: 'tcp 10.0.0.4:22', healthy: false, message: 'refused' };
    const good = { check: 'GET http://10.0.0.4/', healthy: true, message: '200' };
    assert.deepEqual(
      more({
        health: {
          before: 'unhealthy',
          after: 'healthy',
          resultsBefore: [bad, good],
          resultsAfter: [good],
          reason: null,
        },
      }),
      [
        '  health    unhealthy -> healthy',
        '    before  BAD  tcp 10.0.0.4:22: refused',
        '    after   good  GET http://10.0.0.4/: 200',
      ],
    );
  });

  it('says so when no health check was made, and why', () => {
    const none: HealthReport = {
      before: 'unchecked',
      after: 'unchecked',
      resultsBefore: [],
      resultsAfter: [],
      reason: null,
    };
    assert.deepEqual(more({ health: { ...none, reason: 'No health checks were given.' } }), [
      '  health    unchecked. No health checks were given.',
    ]);
    assert.deepEqual(more({ health: none }), ['  health    unchecked. Status and image are all that was looked at.']);
    const stopped: HealthReport = { ...none, before: 'healthy', reason: 'The VM is left stopped.' };
    assert.deepEqual(more({ health: stopped }), ['  health    healthy -> unchecked; The VM is left stopped.']);
  });

  it('shows all that went wrong in order, who decided what, and what was put back at which loss', () => {
    const sick = failureOf('HealthCheckFailed', 'no answer\non port 22');
    const end = failureOf('RollbackFailed', 'the backup would not go on');
    const told: Partial<RebuildResult> = {
      outcome: 'failed',
      failures: [sick, failureOf('VmInError', 'it broke'), end],
      failure: end,
      decisions: [
        { decision: 'retry', reason: '再试', by: 'alice', at: AT },
        { decision: 'rollback', reason: 'deadline', by: null, at: AT },
      ],
      rollbacks: [
        { imageId: 'img-b', source: 'backup', dataLost: false, startedAt: AT, outcome: 'failed' },
        { imageId: 'img-old', source: 'former-image', dataLost: true, startedAt: AT, outcome: 'done' },
      ],
    };
    assert.deepEqual(more(told), [
      '  wrong 1   HealthCheckFailed: no answer on port 22',
      '  wrong 2   VmInError: it broke',
      `  decided   retry, by alice, at ${AT}: 再试`,
      `  decided   rollback, unattended, at ${AT}: deadline`,
      '  rollback  failed: backup img-b; lost: only what was written since the backup',
      '  rollback  done: former image img-old; DATA LOST: what was on the system disk',
      '  RollbackFailed: the backup would not go on',
      `  next: ${end.next}`,
    ]);
  });

  it('tells each failure where none ended it, as when it was accepted', () => {
    assert.deepEqual(more({ failures: [failureOf('HealthCheckFailed', 'no answer')] }), [
      '  wrong 1   HealthCheckFailed: no answer',
    ]);
  });
});
