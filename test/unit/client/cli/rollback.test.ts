import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CliClient } from '../../../../client/cli/io/deps.js';
import { failureOf, ReimageInvalidInputError, toReimageError } from '../../../../client/connection/errors.js';
import type { NewRollback, RollbackPlan } from '../../../../client/rebuilds/plan-rollback.js';
import { busyWith } from '../../../../client/rebuilds/start.js';
import { RebuildRequest } from '../../../../contracts/rebuild-request.js';
import { failed, type FakeOptions, HELD, heldOperation, operation, plan, result, runFake, VM } from './fake-deps.js';

const ARGV = ['rollback', 'i-a1', '--region', 'cn-north-1'];
const LAST_RUN = operation().runId;
const NEW_RUN = '1c6d5d2e-6a3c-4f0e-9f57-1f0c53d5a002';

function newRollback(overrides: Partial<NewRollback> = {}): NewRollback {
  const ended = failed('HealthCheckFailed');
  return {
    kind: 'rebuild',
    imageId: 'img-backup',
    from: 'backup',
    dataLost: false,
    outcomeUnknown: false,
    operation: { ...operation({ status: 'failed', progress: null }), result: ended },
    request: RebuildRequest.parse({
      ...VM,
      imageId: 'img-backup',
      imageInherit: 'yes',
      onlyFromImages: ['img-new'],
    }),
    ...overrides,
  };
}

/** A library in which the way back is this one, and goes well. */
function wayBack(way: RollbackPlan = newRollback(), overrides: Partial<CliClient> = {}): FakeOptions {
  return {
    client: {
      planRollback: async () => way,
      plan: async () => plan({ imageBefore: { imageId: 'img-new', name: null } }),
      rollback: async () => operation({ runId: NEW_RUN, rollbackOf: LAST_RUN }),
      wait: async () => result(),
      ...overrides,
    },
    env: { USER: 'alice' },
  };
}

describe('reimage rollback', () => {
  it('shows the way back, what is lost and what is erased, then goes it and follows', async () => {
    const { exitCode, out, err, calls } = await runFake([...ARGV, '--yes'], wayBack());
    assert.equal(exitCode, 0);
    assert.deepEqual(calls, ['planRollback', 'plan', 'rollback', 'wait', 'close']);
    assert.match(
      err.join('\n'),
      /Rollback of the rebuild of 2026-\S+, for alice\n {2}from {4}its backup img-backup\n {2}LOST {4}what was written to the system disk since the backup\n {2}only {4}while it has img-new: another image is somebody else's\n {2}health {2}no checks: status and image only[^]*image {3}img-new ->[^]*ERASED {2}system disk vda/,
    );
    assert.match(out[0] ?? '', /^done: /);
  });

  it('in a dry run shows the way back, what is lost and the steps, asks nobody and starts nothing', async () => {
    const text = await runFake([...ARGV, '--dry-run'], wayBack());
    const json = await runFake([...ARGV, '--dry-run', '--output', 'json'], wayBack());

    assert.deepEqual([text.exitCode, json.exitCode], [0, 0]);
    assert.deepEqual(
      [text.calls, json.calls],
      [
        ['planRollback', 'plan', 'close'],
        ['planRollback', 'plan', 'close'],
      ],
    );
    const shown = text.out.join('\n');
    assert.match(
      shown,
      /from {4}its backup img-backup\n {2}LOST [^]*ERASED {2}system disk vda[^]*^Dry run: nothing was touched\.$/m,
    );
    assert.equal(json.out.length, 1);
    const { kind, imageId, plan: rebuild } = JSON.parse(json.out[0] ?? '') as Record<string, unknown>;
    assert.deepEqual(
      [kind, imageId, rebuild],
      ['rebuild', 'img-backup', plan({ imageBefore: { imageId: 'img-new', name: null } })],
    );
  });

  it('shows in red what is erased and what is lost, on either stream', async () => {
    const red = (style: string, text: string) => `<${style}>${text}`;
    for (const argv of [
      [...ARGV, '--yes'],
      [...ARGV, '--dry-run'],
    ]) {
      const { out, err } = await runFake(argv, { ...wayBack(), io: { colour: red, colourOut: red } });
      const coloured = [...out, ...err].filter((line) => line.startsWith('<red>'));
      assert.deepEqual(
        coloured.map((line) => line.trim().split(/\s+/)[1]),
        ['LOST', 'ERASED'],
        argv.join(' '),
      );
    }
  });

  it('in a dry run of a held rebuild shows what it would be told, and decides nothing', async () => {
    const held = wayBack({ kind: 'decide', operation: heldOperation(), held: HELD });
    const { exitCode, out, calls } = await runFake([...ARGV, '--dry-run'], held);

    assert.deepEqual([exitCode, calls], [0, ['planRollback', 'close']]);
    assert.match(out.join('\n'), /LOST [^]*^Dry run: nothing was touched\.$/m);
  });

  it('hands on what was said, for the run and the way back that were shown', async () => {
    const seen: unknown[] = [];
    const options = wayBack(newRollback(), {
      rollback: async (ref, rollback, guard) => {
        seen.push(ref, rollback, guard);
        return operation({ runId: NEW_RUN });
      },
    });
    const from = ['--from-image', 'img-new', '--to', 'former-image'];
    const argv = [...ARGV, '--yes', ...from, '--key', 'ops', '--reason', 'bad image'];
    await runFake([...argv, '--override-protection', 'agreed'], options);
    assert.deepEqual(seen, [
      { ...VM, runId: LAST_RUN },
      {
        requestedBy: 'alice',
        reason: 'bad image',
        to: 'former-image',
        fromImageId: 'img-new',
        keyNames: ['ops'],
        overrideProtection: 'agreed',
      },
      { asShown: { ...newRollback(), presentImageId: 'img-new' } },
    ]);
  });

  it('says that all data is lost with a former image, and when nobody knows whether there is any loss yet', async () => {
    const way = newRollback({ from: 'former-image', imageId: 'img-old', dataLost: true, outcomeUnknown: true });
    const { err } = await runFake([...ARGV, '--yes'], wayBack(way));
    assert.match(
      err.join('\n'),
      /from {4}the former image img-old\n {2}LOST {4}everything on the system disk[^]*warning nobody knows whether the last rebuild erased/,
    );
  });

  it('on a terminal must be confirmed by the VM id, elsewhere by --yes', async () => {
    const elsewhere = await runFake(ARGV, wayBack());
    assert.deepEqual([elsewhere.exitCode, elsewhere.calls], [2, []]);
    const refused = await runFake(ARGV, { ...wayBack(), answer: 'y' });
    assert.deepEqual([refused.exitCode, refused.calls], [4, ['planRollback', 'plan', 'close']]);
    const confirmed = await runFake(ARGV, { ...wayBack(), answer: 'i-a1' });
    assert.deepEqual([confirmed.exitCode, confirmed.calls.includes('rollback')], [0, true]);
    assert.match(confirmed.questions.join(), /erase its system disk and put it back/);
  });

  it('with issues starts nothing and exits 3', async () => {
    const issues = [{ code: 'instance-status' as const, field: null, message: 'is in status error' }];
    const options = wayBack(newRollback(), { plan: async () => plan({ issues }) });
    const { exitCode, calls, err } = await runFake([...ARGV, '--yes'], options);
    assert.deepEqual([exitCode, calls.includes('rollback')], [3, false]);
    assert.match(err.join('\n'), /is in status error/);
  });

  it('on a VM with the image of somebody else says how to name it', async () => {
    const issues = [{ code: 'image-changed' as const, field: null, message: 'The VM has image img-theirs' }];
    const options = wayBack(newRollback(), { plan: async () => plan({ issues }) });
    const { exitCode, calls, err } = await runFake([...ARGV, '--yes'], options);
    assert.deepEqual([exitCode, calls.includes('rollback')], [3, false]);
    assert.match(err.join('\n'), /img-theirs[^]*--from-image ID/);
  });

  it('tells a held rebuild to roll back, without a plan of another', async () => {
    const way: RollbackPlan = { kind: 'decide', operation: heldOperation({ backupImageId: 'img-backup' }), held: HELD };
    const { exitCode, calls, err } = await runFake([...ARGV, '--yes'], wayBack(way));
    assert.deepEqual([exitCode, calls], [0, ['planRollback', 'rollback', 'wait', 'close']]);
    assert.match(
      err.join('\n'),
      /held {6}HealthCheckFailed[^]*from {6}its backup img-backup\n {2}LOST {6}what was written/,
    );
    const bare: RollbackPlan = { kind: 'decide', operation: heldOperation(), held: HELD };
    const text = (await runFake([...ARGV, '--yes'], wayBack(bare))).err.join('\n');
    const healthChecks = [
      {
        kind: 'tcp' as const,
        host: 'h',
        port: 1,
        intervalSeconds: 5,
        timeoutSeconds: 5,
        successes: 1,
        deadlineSeconds: 9,
      },
    ];
    const checked = newRollback();
    const again = { ...checked, request: { ...checked.request, healthChecks } };
    assert.match(
      (await runFake([...ARGV, '--yes'], wayBack(again))).err.join('\n'),
      /health {2}1 check, as in the last/,
    );
    const failure = { type: 'RebuildOutcomeUnknown', message: '?' };
    const unknown: RollbackPlan = { kind: 'decide', operation: heldOperation(), held: { ...HELD, failure } };
    assert.match((await runFake([...ARGV, '--yes'], wayBack(unknown))).err.join('\n'), /warning {3}nobody knows/);
    assert.match(text, /from {6}the former image\n {2}LOST {6}everything on the system disk/);
  });

  it('with --detach says what was started, or decided', async () => {
    const started = await runFake([...ARGV, '--yes', '--detach'], wayBack());
    assert.match(started.out.join('\n'), /^started: rebuild:cn-north-1:i-a1\. Follow it: reimage watch i-a1/);
    const way: RollbackPlan = { kind: 'decide', operation: heldOperation(), held: HELD };
    const decided = await runFake([...ARGV, '--yes', '--detach', '--output', 'json'], wayBack(way));
    assert.equal((JSON.parse(decided.out[0] ?? '') as { outcome: string }).outcome, 'decided');
    for (const { exitCode, calls } of [started, decided])
      assert.deepEqual([exitCode, calls.includes('wait')], [0, false]);
  });

  it('given a request id that it has used before, follows that rebuild and asks nothing', async () => {
    const options = wayBack(newRollback(), { findByRequestId: async () => operation({ requestId: 'r1' }) });
    const { exitCode, calls } = await runFake([...ARGV, '--yes', '--request-id', 'r1'], options);
    assert.deepEqual([exitCode, calls], [0, ['findByRequestId', 'wait', 'close']]);
  });

  it('is refused as busy while a rebuild works, as nothing to do, and as overtaken', async () => {
    for (const [error, code] of [
      [busyWith(operation()), 5],
      [toReimageError(failureOf('OperationNotFound', 'Nothing to roll back')), 6],
      [toReimageError(failureOf('ConcurrentChange', 'Another rebuild came')), 3],
    ] as const) {
      const options = wayBack(newRollback(), { planRollback: () => Promise.reject(error) });
      const { exitCode, calls } = await runFake([...ARGV, '--yes'], options);
      assert.deepEqual([exitCode, calls], [code, ['planRollback', 'close']]);
    }
  });

  it('names the option behind a bad field, also one that the library refuses', async () => {
    const { exitCode, err, calls } = await runFake([...ARGV, '--yes', '--password-from', 'hunter2'], wayBack());
    assert.deepEqual([exitCode, calls], [2, []]);
    assert.match(err.join('\n'), /passwordRef.*\(--password-from\)/);
    assert.doesNotMatch(err.join('\n'), /hunter2/);
    const refuse = () => Promise.reject(new ReimageInvalidInputError('is for one that has ended', 'imageId'));
    const late = await runFake(
      [...ARGV, '--yes', '--image', 'img-1'],
      wayBack(newRollback(), { planRollback: refuse }),
    );
    assert.match(late.err.join('\n'), /is for one that has ended \(--image\)/);
    const nobody = await runFake([...ARGV, '--yes'], { ...wayBack(), env: {} });
    assert.deepEqual([nobody.exitCode, nobody.calls], [2, []]);
    assert.match(nobody.err.join('\n'), /--requested-by/);
  });
});
