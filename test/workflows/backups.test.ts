import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { ReimageClient, ReimageError } from '../../client/index.js';
import { backupDescription, backupName } from '../../contracts/backup.js';
import type { FailureType } from '../../contracts/failures.js';
import { WORKFLOW } from '../../contracts/names.js';
import { DEFAULT_IMAGE_ID, image, region, vm } from '../../simulator/model/builders.js';
import type { FaultKind } from '../../simulator/model/fault-rule.js';
import type { QuotaLimits } from '../../simulator/model/region-state.js';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { startTestWorker, type TestWorker } from '../fixtures/worker.js';

let regions = 0;

interface Stand {
  readonly cloud: Simulator;
  readonly worker: TestWorker;
  readonly reimage: ReimageClient;
  readonly instanceId: string;
  /** One that nobody else uses: prune asks all that is under way in it. */
  readonly where: { readonly regionId: string };
}

/** A cloud of one VM with so many backups of it, old ones unless said otherwise, a worker, and the library over both. */
async function startStand(t: Scope, olds: number, quotas: QuotaLimits = {}, made?: string): Promise<Stand> {
  const instanceId = uniqueVmId();
  const where = { regionId: `cn-backups-${(regions += 1)}` };
  const oldBackup = (_: unknown, index: number) => {
    const [of, run] = [{ ...where, instanceId }, { runId: `run-${index}` }];
    const createTime = made ?? `2026-01-0${index + 1} 10:00:00`;
    return image(`img-old${index}`, { name: backupName(of, run), desc: backupDescription(of, run), createTime });
  };
  const images = [image(DEFAULT_IMAGE_ID), ...Array.from({ length: olds }, oldBackup)];
  const state = region({ ...where, vms: [vm(instanceId)], images, quotas });
  const cloud = await startSimulator({ compress: 200, state });
  defer(t, () => cloud.close());
  const worker = await startTestWorker(t, { cloud });
  const reimage = await ReimageClient.connect({ client: worker.client, taskQueue: worker.taskQueue, env: {} });
  return { cloud, worker, reimage, instanceId, where };
}

const ids = (list: readonly { imageId: string }[]) => list.map(({ imageId }) => imageId);
const deletedIn = ({ journal }: Simulator) => journal.changes({ to: 'deleted' }).map(({ imageId }) => imageId);

describe('listBackups and pruneBackups', { concurrency: 4 }, () => {
  it('tell and delete what rebuilds have left, and nothing else', async (t) => {
    const { cloud, worker, reimage, instanceId, where } = await startStand(t, 2);
    const result = await worker.execute(requestFor(instanceId, { ...where, backup: 'image' }));
    assert.equal(result.outcome, 'done', result.failure?.message);
    const made = result.backup?.imageId ?? '';

    const listed = await reimage.listBackups({ ...where, instanceId });
    assert.deepEqual(ids(listed), [made, 'img-old1', 'img-old0']);
    assert.equal(listed[0]?.status, 'ready');

    const prospect = await reimage.pruneBackups({ ...where, keep: 1, dryRun: true });
    assert.deepEqual([ids(prospect.deleted), deletedIn(cloud)], [['img-old1', 'img-old0'], []]);
    const report = await reimage.pruneBackups({ ...where, keep: 1 });
    assert.deepEqual([ids(report.deleted), ids(report.kept)], [['img-old0', 'img-old1'], [made]]);
    assert.deepEqual(deletedIn(cloud), ['img-old0', 'img-old1']);
    assert.deepEqual([cloud.vm(instanceId).status, cloud.vm(instanceId).imageId], ['running', DEFAULT_IMAGE_ID]);
  });

  it('with keepBackups a rebuild deletes the old ones itself, and never its own', async (t) => {
    const { cloud, worker, reimage, instanceId, where } = await startStand(t, 3);
    const result = await worker.execute(requestFor(instanceId, { ...where, backup: 'image', keepBackups: 2 }));

    assert.equal(result.outcome, 'done', result.failure?.message);
    assert.deepEqual(deletedIn(cloud), ['img-old0', 'img-old1']);
    assert.deepEqual(result.backup?.pruned, ['img-old0', 'img-old1']);
    assert.deepEqual(ids(await reimage.listBackups(where)), [result.backup?.imageId, 'img-old2']);
  });

  it('spare what a rebuild under way has made, though it is not the newest', async (t) => {
    const { cloud, worker, reimage, instanceId, where } = await startStand(t, 1, {}, '2099-01-01 10:00:00');
    cloud.addFault({ operation: 'rebuildInstance', kind: { outcome: 'stuck' } });
    const handle = await worker.start(requestFor(instanceId, { ...where, backup: 'image' }));
    await cloud.waitFor(() => cloud.vm(instanceId).status === 'rebuilding', 120_000);
    const backups = await reimage.listBackups(where);
    assert.deepEqual(
      backups.map(({ imageId }) => imageId === 'img-old0'),
      [true, false],
    );

    await eventually('the index tells of the backup', async () => {
      const { deleted } = await reimage.pruneBackups({ ...where, keep: 1, dryRun: true });
      return deleted.length === 0;
    });
    assert.deepEqual((await reimage.pruneBackups({ ...where, keep: 1 })).deleted, []);
    cloud.act.release(instanceId);
    await handle.result();
    assert.deepEqual(deletedIn(cloud), []);
  });

  const LOST: readonly { name: string; kind: FaultKind }[] = [
    { name: '500', kind: { status: 500, when: 'after' } },
    { name: 'a dropped connection', kind: { drop: 'after' } },
  ];
  for (const { name, kind } of LOST) {
    it(`tell every deletion, also one whose answer was lost by ${name}`, async (t) => {
      const { cloud, reimage, where } = await startStand(t, 4);
      cloud.addFault({ operation: 'deleteImage', skip: 1, kind });
      const report = await reimage.pruneBackups({ ...where, keep: 1 });

      assert.deepEqual(ids(report.deleted).toSorted(), ['img-old0', 'img-old1', 'img-old2']);
      assert.equal(cloud.journal.effective('deleteImage'), 3);
    });
  }

  const FAULTS: readonly { name: string; kind: FaultKind; type: FailureType }[] = [
    { name: 'refuses', kind: { status: 403, when: 'before' }, type: 'PermissionDenied' },
    { name: 'does not answer', kind: { status: 503, when: 'before' }, type: 'JdCloudUnavailable' },
  ];
  for (const { name, kind, type } of FAULTS) {
    it(`fail as ${type} where JD Cloud ${name}, and delete nothing`, async (t) => {
      const { cloud, reimage, where } = await startStand(t, 2);
      cloud.addFault({ operation: 'describeImages', times: 'always', kind });
      for (const ask of [
        () => reimage.listBackups({ ...where, deadlineSeconds: 5 }),
        () => reimage.pruneBackups({ ...where, keep: 1, deadlineSeconds: 5 }),
      ]) {
        await assert.rejects(ask, (error) => error instanceof ReimageError && error.failure.type === type);
      }
      assert.deepEqual(cloud.journal.calls({ operation: 'deleteImage' }), []);
    });
  }

  it('refuse a malformed input for good, by library and by workflow', async (t) => {
    const { worker, reimage, cloud, where } = await startStand(t, 2);
    await assert.rejects(reimage.pruneBackups({ ...where, keep: '3x' }), /keep: must be a number/);
    for (const workflow of [WORKFLOW.listBackups, WORKFLOW.pruneBackups]) {
      const options = { workflowId: randomUUID(), taskQueue: worker.taskQueue, args: [{ regionId: 'Not a region' }] };
      await assert.rejects(worker.client.workflow.execute(workflow, options), (error) => {
        assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure);
        return error.cause.type === 'InvalidInput' && /regionId/.test(error.cause.message);
      });
    }
    assert.deepEqual(cloud.journal.calls(), []);
  });
});

describe('the quota of a backup', { concurrency: 2 }, () => {
  it('given its last place, then the rebuild takes it and is not stopped by that', async (t) => {
    const { cloud, worker, instanceId, where } = await startStand(t, 0, { image: 2 });
    const result = await worker.execute(requestFor(instanceId, { ...where, backup: 'image' }));

    assert.equal(result.outcome, 'done', result.failure?.message);
    assert.equal(cloud.journal.effective('createImage', instanceId), 1);
    assert.equal(cloud.journal.calls({ operation: 'describeQuotas' }).length, 1);
  });

  it('given none left, then nothing is stopped', async (t) => {
    const { cloud, worker, instanceId, where } = await startStand(t, 1, { image: 2 });
    const result = await worker.execute(requestFor(instanceId, { ...where, backup: 'image', keepBackups: 1 }));

    assert.deepEqual(
      result.failure?.issues?.map(({ code }) => code),
      ['backup-quota'],
    );
    assert.deepEqual(cloud.journal.changes(), []);
  });
});
