import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Connection } from '@temporalio/client';
import { Operation } from '../../../client/rebuilds/operation.js';
import { RebuildPlan } from '../../../contracts/rebuild-plan.js';
import { RebuildResult } from '../../../contracts/rebuild-result.js';
import { OTHER_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import { startSimulator } from '../../../simulator/start-simulator.js';
import { defer } from '../../fixtures/defer.js';
import { eventually } from '../../fixtures/eventually.js';
import { ownNamespace } from '../../fixtures/own-namespace.js';
import { uniqueVmId } from '../../fixtures/requests.js';
import { startTestWorker } from '../../fixtures/worker.js';
import { startCli } from './spawn-cli.js';

const [whole, looked, left, held] = [uniqueVmId(), uniqueVmId(), uniqueVmId(), uniqueVmId()];
const scope = { after };
const cloud = await startSimulator({
  state: region({ vms: [whole, looked, left, held].map((id) => vm(id)) }),
  compress: 100,
  faults: [left, held].map((instanceId) => ({
    operation: 'stopInstance',
    instanceId,
    kind: { outcome: 'stuck' as const },
  })),
});
defer(scope, () => cloud.close());
// What others encrypt in a shared namespace, doctor would warn of.
const temporal = await ownNamespace(scope);
const { taskQueue, client } = await startTestWorker(scope, { cloud, temporal });
assert.ok(client.connection instanceof Connection);

const env = {
  TEMPORAL_ADDRESS: client.connection.options.address,
  TEMPORAL_NAMESPACE: temporal.settings.namespace,
  REIMAGE_TASK_QUEUE: taskQueue,
  JDCLOUD_REGION: 'cn-north-1',
  JDCLOUD_ENDPOINT: cloud.endpoint,
  JDCLOUD_ACCESS_KEY: cloud.credentials.accessKey,
  JDCLOUD_SECRET_KEY: cloud.credentials.secretKey,
};
const reimage = (...argv: string[]) => startCli(argv, env);
const performed = (operation: string, instanceId: string) =>
  cloud.journal.calls({ operation, instanceId, performed: true }).length;

/** The one JSON object on stdout. */
function onlyObject(stdout: string): unknown {
  assert.equal(stdout.trimEnd().split('\n').length, 1, stdout);
  return JSON.parse(stdout);
}

describe('the CLI as a process, on a real server, worker and simulator', () => {
  it('rebuilds a VM, and shows it by status, watch and list', async () => {
    const rebuilt = await reimage(
      'rebuild',
      whole,
      '--image',
      OTHER_IMAGE_ID,
      '--key',
      'ops',
      '--yes',
      '--output',
      'json',
    ).ended;
    assert.equal(rebuilt.exitCode, 0, rebuilt.stderr);
    const result = RebuildResult.parse(onlyObject(rebuilt.stdout));
    assert.deepEqual([result.outcome, result.imageAfter], ['done', OTHER_IMAGE_ID]);
    assert.equal(performed('rebuildInstance', whole), 1);
    assert.match(rebuilt.stderr, new RegExp(`ERASED[^]*Z ${whole} \\w+`));

    const [status, watch, list] = await Promise.all([
      reimage('status', whole, '--output', 'json').ended,
      reimage('watch', whole).ended,
      reimage('list', '--limit', '1000').ended,
    ]);
    assert.deepEqual([status.exitCode, watch.exitCode, list.exitCode], [0, 0, 0]);
    assert.deepEqual(Operation.parse(onlyObject(status.stdout)).result, result);
    assert.match(watch.stdout, /^done: rebuild of/);
    assert.match(list.stdout, new RegExp(`cn-north-1 +${whole} +done +done`));
  });

  it('in a dry run sends no call that changes anything', async () => {
    const dry = await reimage('rebuild', looked, '--key', 'ops', '--dry-run', '--output', 'json').ended;
    assert.equal(dry.exitCode, 0, dry.stderr);
    assert.deepEqual(RebuildPlan.parse(onlyObject(dry.stdout)).issues, []);
    const misfit = await reimage('rebuild', looked, '--key', 'nobodys', '--yes', '--output', 'json').ended;
    assert.equal(misfit.exitCode, 3);
    assert.match(misfit.stderr, /key-not-found/);
    assert.deepEqual([performed('stopInstance', looked), performed('rebuildInstance', looked)], [0, 0]);
    const status = await reimage('status', looked).ended;
    assert.equal(status.exitCode, 6);
  });

  it('tells a VM that JD Cloud does not know by exit code 6', async () => {
    const unknown = await reimage('rebuild', uniqueVmId(), '--key', 'ops', '--yes', '--output', 'json').ended;
    assert.equal(unknown.exitCode, 6, unknown.stderr);
    assert.match(JSON.stringify(onlyObject(unknown.stdout)), /"type":"VmNotFound"/);
  });

  it('on Ctrl-C leaves the rebuild running, refuses a second one as busy, and can be joined again', async () => {
    const argv = ['rebuild', left, '--key', 'ops', '--yes', '--output', 'json', '--request-id', 'r-1'];
    const first = reimage(...argv, '--requested-by', 'alice');
    await eventually('the stop is seen', () => first.stderr().includes('stopping'));
    first.signal('SIGINT');
    const interrupted = await first.ended;
    assert.equal(interrupted.exitCode, 130, interrupted.stderr);
    assert.match(JSON.stringify(onlyObject(interrupted.stdout)), /"outcome":"started"/);

    const busy = await reimage('rebuild', left, '--key', 'ops', '--yes', '--output', 'json').ended;
    assert.equal(busy.exitCode, 5, busy.stderr);
    assert.match(busy.stderr, /for alice: phase stopping/);

    cloud.act.release(left);
    const again = await reimage(...argv).ended;
    assert.equal(again.exitCode, 0, again.stderr);
    assert.equal(performed('rebuildInstance', left), 1);
  });

  it('cancels before the rebuild call and gives the power back', async () => {
    const started = await reimage('rebuild', held, '--key', 'ops', '--yes', '--detach').ended;
    assert.equal(started.exitCode, 0, started.stderr);
    await cloud.waitFor(() => performed('stopInstance', held) === 1, 120_000);
    const cancelling = reimage('cancel', held, '--output', 'json');
    await eventually('cancellation is asked for', () =>
      cancelling.stderr().includes('the earlier power state will be restored'),
    );
    cloud.act.release(held);
    const cancelled = await cancelling.ended;
    assert.equal(cancelled.exitCode, 0, cancelled.stderr);
    assert.equal(RebuildResult.parse(onlyObject(cancelled.stdout)).outcome, 'cancelled');
    assert.equal(performed('rebuildInstance', held), 0);
    assert.equal(cloud.vm(held).status, 'running');
    assert.equal((await reimage('watch', held).ended).exitCode, 4);
  });

  it('finds nothing to mend by doctor', async () => {
    const doctor = await reimage('doctor', '--output', 'json').ended;
    assert.equal(doctor.exitCode, 0, doctor.stdout);
    const { ok, checks } = onlyObject(doctor.stdout) as { ok: boolean; checks: { name: string; status: string }[] };
    assert.equal(ok, true);
    assert.deepEqual(
      checks.map(({ name, status }) => `${name} ${status}`),
      [
        'versions ok',
        'temporal ok',
        'search attributes ok',
        'worker ok',
        'worker answers ok',
        'freeze ok',
        'encryption ok',
        'keys in use ok',
        'credentials ok',
        'jdcloud ok',
        'clock ok',
      ],
    );
  });
});

describe('the CLI as a process, alone', () => {
  it('runs a simulator until Ctrl-C, with credentials of its own', async () => {
    const simulator = startCli(['simulator'], {});
    await eventually('it says how to use it', () => simulator.stdout().includes('Ctrl-C ends it'));
    const [, endpoint = ''] = /JDCLOUD_ENDPOINT=(\S+)/.exec(simulator.stdout()) ?? [];
    assert.ok((await fetch(endpoint)).status >= 400);
    assert.match(simulator.stdout(), /JDCLOUD_ACCESS_KEY=\w+\n.*JDCLOUD_SECRET_KEY=\w+/);
    simulator.signal('SIGINT');
    assert.equal((await simulator.ended).exitCode, 0);
  });

  it('does not repeat credentials that it was given', async () => {
    const simulator = startCli(['simulator'], { JDCLOUD_ACCESS_KEY: 'AKGIVEN', JDCLOUD_SECRET_KEY: 'SKGIVEN' });
    await eventually('it says how to use it', () => simulator.stdout().includes('Ctrl-C ends it'));
    simulator.signal('SIGINT');
    const { stdout, stderr } = await simulator.ended;
    assert.doesNotMatch(stdout + stderr, /AKGIVEN|SKGIVEN/);
  });

  it('names the file of a bad scenario by exit code 2', async () => {
    const { exitCode, stderr } = await startCli(['simulator', '--scenario', 'nowhere.json'], {}).ended;
    assert.equal(exitCode, 2);
    assert.match(stderr, /nowhere\.json/);
  });

  it('ends a worker that finds no Temporal server, with exit code 7, and one that is set up wrongly with 2', async () => {
    const cloudEnv = { JDCLOUD_ENDPOINT: 'http://127.0.0.1:1', JDCLOUD_ACCESS_KEY: 'a', JDCLOUD_SECRET_KEY: 'b' };
    const away = await startCli(['worker'], { ...cloudEnv, TEMPORAL_ADDRESS: '127.0.0.1:1' }).ended;
    assert.equal(away.exitCode, 7, away.stderr);
    const wrong = await startCli(['worker'], { ...cloudEnv, REIMAGE_METRICS_PORT: 'many' }).ended;
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.stderr, /REIMAGE_METRICS_PORT: must be a whole number/);
  });

  it('says by doctor what is away, with exit code 7', async () => {
    const nobody = {
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      JDCLOUD_ENDPOINT: 'http://127.0.0.1:1',
      JDCLOUD_ACCESS_KEY: 'a',
      JDCLOUD_SECRET_KEY: 'b',
    };
    const { exitCode, stdout } = await startCli(['doctor'], nobody).ended;
    assert.equal(exitCode, 7);
    assert.ok(!stdout.includes('\u001b'), 'no colours in a pipe');
    assert.match(stdout, /fail {2}temporal [^]*TEMPORAL_ADDRESS[^]*fail {2}jdcloud [^]*JDCLOUD_ENDPOINT/);
  });
});
