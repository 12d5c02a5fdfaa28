import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toBackup } from '../../../../activities/backup/list-backups.js';
import type { PruneInput } from '../../../../activities/backup/prune-backups.js';
import { backupDescription, backupName, PruneReport } from '../../../../contracts/backup.js';
import { Image } from '../../../../jdcloud/schemas.js';
import { image, region, vm } from '../../../../simulator/model/builders.js';
import type { FaultKind } from '../../../../simulator/model/fault-rule.js';
import type { ImageOverrides } from '../../../../simulator/model/region-state.js';
import { failsAs, startLane, VM } from './backup-lane.js';

/** A backup of a VM as the simulator holds it, made in the so-manieth hour of a day. */
function backup(imageId: string, hour: number, overrides: ImageOverrides = {}, instanceId: string = VM.instanceId) {
  const [of, run] = [{ ...VM, instanceId }, { runId: `run-of-${imageId}` }];
  const createTime = `2026-11-20 ${String(hour).padStart(2, '0')}:00:00`;
  return image(imageId, { name: backupName(of, run), desc: backupDescription(of, run), createTime, ...overrides });
}

const DAY_MS = 86_400_000;

/** An instant as JD Cloud writes it. */
function beijing(at: number): string {
  return new Date(at + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}

const PRUNE: PruneInput = { regionId: 'cn-north-1', keep: 1, spare: [], dryRun: false };
const threeBackups = [backup('img-old', 1), backup('img-mid', 2), backup('img-new', 3)];

function stateWith(...images: ReturnType<typeof image>[]) {
  return region({ vms: [vm(VM.instanceId, 'stopped')], images: [...images, image('img-ubuntu2204')] });
}

const ids = (list: readonly { imageId: string }[]) => list.map(({ imageId }) => imageId);

describe('listBackups', () => {
  it('tells those of Reimage, newest first, with who uses them, and no image of anybody else', async (t) => {
    const images = [
      ...threeBackups,
      backup('img-b', 4, {}, 'i-b'),
      image('img-named', { name: 'reimage-i-a1-deadbeef', desc: 'mine' }),
      backup('img-shared', 5, { imageSource: 'shared' }),
    ];
    const vms = [vm(VM.instanceId, 'stopped'), vm('i-z', 'running', { imageId: 'img-mid' })];
    const { activities, run } = await startLane(t, { state: region({ vms, images }) });
    const all = await run(() => activities.listBackups({ regionId: 'cn-north-1' }));

    assert.deepEqual(ids(all), ['img-b', 'img-new', 'img-mid', 'img-old']);
    assert.deepEqual(
      all.map(({ usedBy }) => usedBy),
      [[], [], ['i-z'], []],
    );
    assert.equal(all[0]?.createdAt, '2026-11-19T20:00:00.000Z', 'JD Cloud tells Beijing time');
    const one = await run(() => activities.listBackups(VM));
    assert.deepEqual(ids(one), ['img-new', 'img-mid', 'img-old']);
  });

  it('reads every page of images and of VMs', async (t) => {
    const images = Array.from({ length: 130 }, (_, index) => backup(`img-${index}`, index % 24));
    const vms = Array.from({ length: 130 }, (_, index) => vm(`i-${index}`, 'running', { imageId: 'img-7' }));
    const { activities, run } = await startLane(t, { state: region({ vms, images }) });
    const all = await run(() => activities.listBackups(VM));

    assert.equal(all.length, 130);
    assert.equal(all.find(({ imageId }) => imageId === 'img-7')?.usedBy.length, 130);
  });

  it('takes only private images for ours, whatever else tells so', () => {
    const [backupOfOurs] = threeBackups;
    assert.ok(backupOfOurs);
    assert.equal(toBackup(Image.parse(backupOfOurs), 'cn-north-1')?.instanceId, VM.instanceId);
    for (const imageSource of ['shared', 'public', 'community', undefined]) {
      assert.equal(toBackup(Image.parse({ ...backupOfOurs, imageSource }), 'cn-north-1'), null);
    }
  });

  it('does not ask who uses none', async (t) => {
    const { cloud, activities, run } = await startLane(t);
    assert.deepEqual(await run(() => activities.listBackups(VM)), []);
    assert.equal(cloud.journal.calls({ operation: 'describeInstances' }).length, 0);
  });
});

describe('pruneBackups', () => {
  it('deletes what is beyond the newest, with its snapshots, and nothing of anybody else', async (t) => {
    const foreign = [
      image('img-named', { name: 'reimage-i-a1-deadbeef', desc: 'mine', createTime: '2020-01-01 00:00:00' }),
      image('img-described', { desc: threeBackups[0]?.desc, createTime: '2020-01-01 00:00:00' }),
      image('img-longer', { name: `${threeBackups[0]?.name}x`, desc: threeBackups[0]?.desc }),
      backup('img-public', 0, { imageSource: 'public' }),
    ];
    const { cloud, activities, run } = await startLane(t, { state: stateWith(...threeBackups, ...foreign) });
    const report = PruneReport.parse(await run(() => activities.pruneBackups(PRUNE)));

    const deletions = cloud.journal.calls({ operation: 'deleteImage' });
    assert.deepEqual(
      cloud.journal.changes({ to: 'deleted' }).map(({ imageId }) => imageId),
      ['img-old', 'img-mid'],
    );
    assert.deepEqual(
      deletions.map(({ params }) => params['deleteSnapshot']),
      ['true', 'true'],
    );
    assert.deepEqual(ids(report.deleted), ['img-old', 'img-mid']);
    assert.deepEqual(ids(report.kept), ['img-new']);
    assert.deepEqual([report.refused, report.dryRun], [[], false]);
  });

  for (const [name, cloudIsAheadMs] of [
    ["JD Cloud's clock", 40 * DAY_MS],
    ["the Temporal server's clock", -40 * DAY_MS],
  ] as const)
    it(`by age deletes what is too old by ${name === "JD Cloud's clock" ? "the Temporal server's" : "JD Cloud's"} clock too, where ${name} is ahead`, async (t) => {
      const cloudNow = Date.now() + cloudIsAheadMs;
      const earlier = Math.min(cloudNow, Date.now());
      const aged = (imageId: string, days: number) =>
        backup(imageId, 0, { createTime: beijing(earlier - days * DAY_MS) });
      const state = stateWith(aged('img-31-days', 31), aged('img-29-days', 29));
      const { activities, run } = await startLane(t, { state, now: () => Date.now() + cloudIsAheadMs });

      const report = await run(() => activities.pruneBackups({ ...PRUNE, keep: '30d' }));

      assert.deepEqual([ids(report.deleted), ids(report.kept)], [['img-31-days'], ['img-29-days']]);
    });

  it('as a dry run deletes nothing and tells the same', async (t) => {
    const { cloud, activities, run } = await startLane(t, { state: stateWith(...threeBackups) });
    const report = await run(() => activities.pruneBackups({ ...PRUNE, dryRun: true }));

    assert.deepEqual(
      [ids(report.deleted), ids(report.kept), report.dryRun],
      [['img-mid', 'img-old'], ['img-new'], true],
    );
    assert.deepEqual(cloud.journal.calls({ operation: 'deleteImage' }), []);
  });

  it('of one VM leaves those of others alone', async (t) => {
    const others = [backup('img-x', 1, {}, 'i-b'), backup('img-y', 2, {}, 'i-b')];
    const { cloud, activities, run } = await startLane(t, { state: stateWith(...threeBackups, ...others) });
    await run(() => activities.pruneBackups({ ...PRUNE, ...VM }));
    assert.deepEqual(
      cloud.journal.changes({ to: 'deleted' }).map(({ imageId }) => imageId),
      ['img-old', 'img-mid'],
    );
  });

  it('spares what is to be spared and what is still being made', async (t) => {
    const state = stateWith(...threeBackups, backup('img-pending', 0, { status: 'pending' }));
    const { cloud, activities, run } = await startLane(t, { state });
    const report = await run(() => activities.pruneBackups({ ...PRUNE, spare: ['img-old'] }));

    assert.deepEqual(ids(report.deleted), ['img-mid']);
    assert.deepEqual(ids(report.kept).toSorted(), ['img-new', 'img-old', 'img-pending']);
    assert.equal(cloud.journal.calls({ operation: 'deleteImage' }).length, 1);
  });

  it('spares an image that a VM took into use since the list was read', async (t) => {
    const { cloud, activities, run } = await startLane(t, { state: stateWith(...threeBackups) });
    // The list is read by the first call; the second is the look right before the deletion.
    cloud.addFault({ operation: 'describeInstances', skip: 1, kind: { delayMs: 1_000, when: 'before' } });
    const pruning = run(() => activities.pruneBackups(PRUNE));
    await cloud.waitFor(() => cloud.journal.calls({ operation: 'describeInstances' }).length === 2, 120_000);
    cloud.act.rebuild(VM.instanceId, 'img-old');
    await cloud.waitFor(() => cloud.vm(VM.instanceId).imageId === 'img-old', 120_000);
    const report = await pruning;

    assert.deepEqual(ids(report.deleted), ['img-mid']);
    assert.equal(report.kept.find(({ imageId }) => imageId === 'img-old')?.reason, 'it is the image of i-a1');
  });

  const LOST: readonly { name: string; kind: FaultKind }[] = [
    { name: '500 after performing', kind: { status: 500, when: 'after' } },
    { name: 'a connection dropped after performing', kind: { drop: 'after' } },
    { name: '500 before performing', kind: { status: 500, when: 'before' } },
    { name: '429', kind: { throttle: true } },
  ];
  for (const { name, kind } of LOST) {
    it(`tells every deletion when an answer was lost by ${name}`, async (t) => {
      const { cloud, activities, run } = await startLane(t, { state: stateWith(...threeBackups) });
      cloud.addFault({ operation: 'deleteImage', kind });
      const report = await run(() => activities.pruneBackups(PRUNE));

      assert.deepEqual(ids(report.deleted).toSorted(), ['img-mid', 'img-old']);
      assert.equal(cloud.journal.changes({ to: 'deleted' }).length, 2);
    });
  }

  it('counts an image that somebody else deleted as gone', async (t) => {
    const { cloud, activities, run } = await startLane(t, { state: stateWith(...threeBackups) });
    const notFound = { status: 404, code: 'NOT_FOUND', message: "Image 'img-old' not found", when: 'before' } as const;
    cloud.addFault({ operation: 'deleteImage', kind: notFound });
    assert.deepEqual(ids((await run(() => activities.pruneBackups(PRUNE))).deleted), ['img-old', 'img-mid']);
  });

  it('tells what JD Cloud refuses to delete, and goes on', async (t) => {
    const shared = { launchPermission: 'specifiedUsers' as const };
    const state = stateWith(backup('img-old', 1, shared), backup('img-mid', 2), backup('img-new', 3));
    const { cloud, activities, run } = await startLane(t, { state });
    const report = await run(() => activities.pruneBackups(PRUNE));

    assert.deepEqual(ids(report.deleted), ['img-mid']);
    assert.deepEqual(ids(report.refused), ['img-old']);
    assert.match(report.refused[0]?.reason ?? '', /Can't delete shared image/);
    assert.equal(cloud.journal.changes({ to: 'deleted' }).length, 1);
  });

  it('tells an image that is busy as refused', async (t) => {
    const { cloud, activities, run } = await startLane(t, { state: stateWith(...threeBackups) });
    const busy = { status: 400, code: 'FAILED_PRECONDITION', message: "The image 'img-old' is busy" } as const;
    cloud.addFault({ operation: 'deleteImage', kind: { ...busy, when: 'before' } });
    const report = await run(() => activities.pruneBackups(PRUNE));
    assert.deepEqual([ids(report.deleted), ids(report.refused)], [['img-mid'], ['img-old']]);
  });

  it('fails where the backups cannot even be read', async (t) => {
    const { cloud, activities, run } = await startLane(t);
    cloud.addFault({ operation: 'describeImages', times: 'always', kind: { status: 403, when: 'before' } });
    await assert.rejects(
      run(() => activities.pruneBackups(PRUNE)),
      failsAs('PermissionDenied'),
    );
  });
});
