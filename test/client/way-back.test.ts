import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { type NewRollback, type RebuildRequestInput, ReimageClient } from '../../client/index.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { FOREIGN_IMAGE_ID, inLane, type Lane } from '../fixtures/lane.js';

const REGION = 'cn-north-1';
const BY = { requestedBy: 'alice' } as const;

/** A port that nothing listens on until it is opened. */
async function closedPort(t: TestContext): Promise<{ port: number; open: () => Promise<void> }> {
  const server = createServer((socket) => socket.destroy());
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  defer(t, () => new Promise<void>((resolve) => (server.listening ? server.close(() => resolve()) : resolve())));
  return { port, open: () => listen(port) };
}

/** The library on the lane's worker, and a request whose health check looks at this port. */
async function portal({ worker, instanceId }: Lane, port: number) {
  const { client, taskQueue } = worker;
  const reimage = await ReimageClient.connect({ client, taskQueue, env: {} });
  const vm = { regionId: REGION, instanceId };
  const check = { kind: 'tcp', host: '127.0.0.1', port, intervalSeconds: 1, successes: 1, deadlineSeconds: 6 } as const;
  const request: RebuildRequestInput = { ...vm, imageId: OTHER_IMAGE_ID, keyNames: ['ops'], healthChecks: [check] };
  return { reimage, vm, request };
}

function isOn({ vm }: Lane['cloud'], instanceId: string, image: string): boolean {
  const { status, imageId } = vm(instanceId);
  return status === 'stopped' && imageId === image;
}

describe('the way back on a worker and a simulated cloud', { concurrency: 2 }, () => {
  it('given a rebuild held for a closed port, when retry is decided after it opened, then it is done with one erase', async (t) => {
    const { port, open } = await closedPort(t);
    await inLane({}, async (lane) => {
      const { reimage, vm, request } = await portal(lane, port);
      const operation = await reimage.start({ ...request, onFailure: 'hold' });
      await eventually('it is held', async () => (await reimage.get(vm)).progress?.held != null);
      const { progress } = await reimage.get(vm);
      assert.equal(progress?.held?.failure.type, 'HealthCheckFailed');
      await open();
      await reimage.decide(vm, { decision: 'retry', reason: 'opened the port', by: 'alice' });
      const result = await reimage.wait(operation);
      assert.deepEqual([result.outcome, result.health?.after], ['done', 'healthy'], result.failure?.message);
      assert.deepEqual(
        result.decisions?.map(({ decision, by, reason }) => [decision, by, reason]),
        [['retry', 'alice', 'opened the port']],
      );
      assert.equal(lane.cloud.journal.effective('rebuildInstance'), 1);
    });
  });

  it('given a failed rebuild with a backup, then a rollback afterwards puts the backup on, and a second is refused', async (t) => {
    const { port, open } = await closedPort(t);
    await inLane({}, async (lane) => {
      const { reimage, vm, request } = await portal(lane, port);
      const failed = await reimage.wait(await reimage.start({ ...request, backup: 'image' }));
      assert.deepEqual([failed.outcome, failed.failure?.type], ['failed', 'HealthCheckFailed']);
      await open();
      const operation = await reimage.rollback(vm, BY);
      const result = await reimage.wait(operation);
      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.deepEqual([result.imageAfter, result.power.after], [failed.backup?.imageId, 'running']);
      assert.equal(result.health?.after, 'healthy');
      assert.equal(lane.cloud.vm(vm.instanceId).imageId, failed.backup?.imageId);
      assert.equal(lane.cloud.journal.effective('rebuildInstance'), 2);
      await assert.rejects(reimage.rollback(vm, BY), /the last rebuild was a rollback itself/);
    });
  });

  it('given a held rebuild without a backup, then a rollback puts the former image on within the same run', async (t) => {
    const { port } = await closedPort(t);
    await inLane({}, async (lane) => {
      const { reimage, vm, request } = await portal(lane, port);
      const started = await reimage.start({ ...request, onFailure: 'hold' });
      await eventually('it is held', async () => (await reimage.get(vm)).progress?.held != null);
      const operation = await reimage.rollback(vm, { ...BY, reason: 'ticket 7' });
      assert.equal(operation.runId, started.runId);
      const result = await reimage.wait(operation);
      assert.deepEqual([result.failure?.type, result.imageAfter], ['RolledBack', DEFAULT_IMAGE_ID]);
      const [rollback] = result.rollbacks ?? [];
      assert.deepEqual([rollback?.source, rollback?.dataLost, rollback?.outcome], ['former-image', true, 'done']);
      assert.equal(lane.cloud.vm(vm.instanceId).imageId, DEFAULT_IMAGE_ID);
      await assert.rejects(reimage.rollback(vm, BY), /has put it back already/);
    });
  });

  it('given a done rebuild without a backup, then a rollback puts the former image on, by the login of the request', async () => {
    await inLane({}, async (lane) => {
      const { reimage, vm, request } = await portal(lane, 1);
      await reimage.wait(await reimage.start({ ...request, healthChecks: [] }));
      const plan = (await reimage.planRollback(vm, BY)) as NewRollback;
      assert.deepEqual([plan.imageId, plan.dataLost, plan.request.keyNames], [DEFAULT_IMAGE_ID, true, ['ops']]);
      const result = await reimage.wait(await reimage.rollback(plan.operation, BY));
      assert.deepEqual([result.outcome, result.imageAfter], ['done', DEFAULT_IMAGE_ID], result.failure?.message);
      assert.equal(lane.cloud.vm(vm.instanceId).imageId, DEFAULT_IMAGE_ID);
    });
  });

  it('given a VM that a colleague has rebuilt since, then a rollback erases it only where their image is named', () =>
    inLane({ status: 'stopped' }, async (lane) => {
      const { reimage, vm, request } = await portal(lane, 1);
      await reimage.wait(await reimage.start({ ...request, healthChecks: [] }));
      const shown = await reimage.planRollback(vm, BY);
      lane.cloud.act.rebuild(vm.instanceId, FOREIGN_IMAGE_ID);
      await lane.cloud.waitFor((cloud) => isOn(cloud, vm.instanceId, FOREIGN_IMAGE_ID), 120_000);
      const erases = lane.cloud.journal.effective('rebuildInstance');

      const refused = await reimage.wait(await reimage.rollback(vm, BY, { asShown: shown }));

      assert.deepEqual(
        [refused.failure?.type, refused.failure?.issues?.map(({ code }) => code)],
        ['ValidationFailed', ['image-changed']],
      );
      assert.equal(lane.cloud.journal.effective('rebuildInstance'), erases);
      const named = { ...BY, fromImageId: FOREIGN_IMAGE_ID, imageId: DEFAULT_IMAGE_ID, keyNames: ['ops'] };
      const result = await reimage.wait(await reimage.rollback(vm, named));
      assert.deepEqual([result.outcome, result.imageAfter], ['done', DEFAULT_IMAGE_ID], result.failure?.message);
    }));

  it('given a VM that was shown with one image, then a rollback erases no other, also one that it might have had', () =>
    inLane({ status: 'stopped' }, async (lane) => {
      const { reimage, vm, request } = await portal(lane, 1);
      await reimage.wait(await reimage.start({ ...request, healthChecks: [] }));
      const options = { ...BY, fromImageId: FOREIGN_IMAGE_ID };
      const plan = (await reimage.planRollback(vm, options)) as NewRollback;

      await assert.rejects(
        reimage.rollback(vm, BY, { asShown: { ...plan, presentImageId: FOREIGN_IMAGE_ID } }),
        /ConcurrentChange|was shown with image img-of-someone-else/,
      );
      const asShown = { ...plan, presentImageId: FOREIGN_IMAGE_ID };
      const refused = await reimage.wait(await reimage.rollback(vm, options, { asShown }));

      assert.equal(refused.failure?.type, 'ValidationFailed', refused.failure?.message);
      assert.equal(lane.cloud.vm(vm.instanceId).imageId, OTHER_IMAGE_ID);
    }));
});
