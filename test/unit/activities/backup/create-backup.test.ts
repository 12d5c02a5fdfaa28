import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { backupDescription } from '../../../../contracts/backup.js';
import { FailureDetails } from '../../../../contracts/failure-details.js';
import type { VmReader } from '../../../../jdcloud/reader.js';
import { image, region, vm } from '../../../../simulator/model/builders.js';
import type { FaultKind } from '../../../../simulator/model/fault-rule.js';
import { failsAs, ORDER, startLane, VM } from './backup-lane.js';

const cloudDisk = (deviceName: string) => ({
  deviceName,
  diskCategory: 'cloud' as const,
  diskId: `vol-${deviceName}`,
  diskType: 'ssd.gp1',
  diskSizeGB: 100,
});
const localDisk = { ...cloudDisk('vdd'), diskCategory: 'local' as const, diskId: null };
const dataDisks = [cloudDisk('vdb'), cloudDisk('vdc'), localDisk];

describe('createBackup of a stopped VM', () => {
  it('asks for a private image with name and description, and tells its id, the call and the VM', async (t) => {
    const { cloud, activities, run } = await startLane(t);
    const report = await run(() => activities.createBackup(ORDER));

    const [call] = cloud.journal.calls({ operation: 'createImage' });
    assert.equal(call?.params['name'], ORDER.name);
    assert.equal(call?.params['description'], ORDER.description);
    assert.deepEqual([report.status, report.attempt, report.observed.status], ['pending', 1, 'stopped']);
    assert.deepEqual(report.apiCalls, [{ operation: 'createImage', requestId: call?.requestId }]);
    await cloud.waitFor(() => cloud.journal.changes({ imageId: report.imageId, to: 'ready' }).length === 1, 120_000);
  });

  it('leaves each cloud data disk out by noDevice, and names no local one', async (t) => {
    const { cloud, activities, run } = await startLane(t, { overrides: { dataDisks } });
    await run(() => activities.createBackup(ORDER));

    const [call] = cloud.journal.calls({ operation: 'createImage' });
    assert.deepEqual(call?.params['dataDisks'], [
      { deviceName: 'vdb', noDevice: true },
      { deviceName: 'vdc', noDevice: true },
    ]);
  });

  it('takes the data disks in when asked to', async (t) => {
    const { cloud, activities, run } = await startLane(t, { overrides: { dataDisks } });
    await run(() => activities.createBackup({ ...ORDER, withDataDisks: true }));

    const [call] = cloud.journal.calls({ operation: 'createImage' });
    assert.ok(call !== undefined && !('dataDisks' in call.params));
  });
});

const LOST: readonly { name: string; kind: FaultKind; sends: number; attempt: number }[] = [
  { name: '500 after performing', kind: { status: 500, when: 'after' }, sends: 1, attempt: 2 },
  { name: 'a connection dropped after performing', kind: { drop: 'after' }, sends: 1, attempt: 2 },
  { name: 'a truncated answer', kind: { body: 'truncated', when: 'after' }, sends: 1, attempt: 2 },
  { name: '500 before performing', kind: { status: 500, when: 'before' }, sends: 2, attempt: 2 },
  { name: 'a connection dropped before performing', kind: { drop: 'before' }, sends: 2, attempt: 2 },
  { name: '429', kind: { throttle: true }, sends: 2, attempt: 2 },
];

describe('createBackup whose answer is lost', { concurrency: true }, () => {
  for (const { name, kind, sends, attempt } of LOST) {
    it(`by ${name} makes one image`, async (t) => {
      const { cloud, activities, run } = await startLane(t);
      cloud.addFault({ operation: 'createImage', kind });
      const report = await run(() => activities.createBackup(ORDER));

      assert.equal(cloud.journal.effective('createImage', VM.instanceId), 1);
      assert.equal(cloud.journal.calls({ operation: 'createImage' }).length, sends);
      assert.equal(report.attempt, attempt);
      await cloud.waitFor(() => cloud.journal.changes({ imageId: report.imageId, to: 'ready' }).length === 1, 120_000);
    });
  }

  it('looks for settleMs before it sends again, and not at all after a plain refusal', async (t) => {
    const { cloud, activities, run } = await startLane(t);
    cloud.addFault({ operation: 'createImage', kind: { drop: 'before' } });
    await run(() => activities.createBackup(ORDER));
    const [first, second] = cloud.journal.calls({ operation: 'createImage' });
    assert.ok(Date.parse(second?.at ?? '') - Date.parse(first?.at ?? '') >= 400);

    const looks = () => cloud.journal.calls({ operation: 'describeImages' }).length;
    const before = looks();
    cloud.addFault({ operation: 'createImage', kind: { throttle: true } });
    await run(() => activities.createBackup({ ...ORDER, description: 'another' }));
    assert.equal(looks() - before, 2, 'one look an attempt');
  });

  it('goes on with the image of an earlier run of the same operation', async (t) => {
    const { cloud, activities, run } = await startLane(t);
    const first = await run(() => activities.createBackup(ORDER));
    await cloud.waitFor(() => cloud.vm(VM.instanceId).task === null, 120_000);
    const again = await run(() => activities.createBackup(ORDER));

    assert.deepEqual([again.imageId, again.status, again.apiCalls], [first.imageId, 'ready', []]);
    assert.equal(cloud.journal.effective('createImage'), 1);
  });
});

describe('createBackup and the images of others', () => {
  it('is not fooled by a name that is longer, another description or a public image, however many there are', async (t) => {
    const others = Array.from({ length: 130 }, (_, index) => image(`img-x${index}`, { name: `${ORDER.name}${index}` }));
    const images = [
      ...others,
      image('img-desc', { name: ORDER.name, desc: backupDescription(VM, { runId: 'another' }) }),
      image('img-renamed', { name: `${ORDER.name}.old`, desc: ORDER.description }),
      image('img-public', { name: ORDER.name, desc: ORDER.description, imageSource: 'public' }),
    ];
    const state = region({ vms: [vm(VM.instanceId, 'stopped')], images, quotas: { image: 1000 } });
    const { cloud, activities, run } = await startLane(t, { state });
    const { imageId } = await run(() => activities.createBackup(ORDER));

    assert.equal(cloud.journal.effective('createImage'), 1);
    assert.ok(!images.some((each) => each.imageId === imageId));
  });

  it('finds its own on the second page', async (t) => {
    const mine = image('img-mine', { name: ORDER.name, desc: ORDER.description, createTime: '2026-01-01 00:00:00' });
    const others = Array.from({ length: 130 }, (_, index) => image(`img-x${index}`, { name: `${ORDER.name}${index}` }));
    const state = region({ vms: [vm(VM.instanceId, 'stopped')], images: [...others, mine] });
    const { cloud, activities, run } = await startLane(t, { state });

    assert.equal((await run(() => activities.createBackup(ORDER))).imageId, 'img-mine');
    assert.equal(cloud.journal.calls({ operation: 'createImage' }).length, 0);
  });
});

const REFUSALS: readonly { name: string; kind: FaultKind; type: string }[] = [
  { name: 'the quota', kind: { quota: true }, type: 'QuotaExceeded' },
  {
    name: 'a disk that is not fit',
    kind: {
      status: 400,
      code: 'FAILED_PRECONDITION',
      message: "Invalid Disk 'vol-1' status 'extending'",
      when: 'before',
    },
    type: 'BackupFailed',
  },
  { name: '401', kind: { status: 401, when: 'before' }, type: 'CredentialsRefused' },
  { name: '403', kind: { status: 403, when: 'before' }, type: 'PermissionDenied' },
];

describe('createBackup that JD Cloud refuses', { concurrency: true }, () => {
  for (const { name, kind, type } of REFUSALS) {
    it(`for ${name} is ${type}, with the request id, and is not repeated`, async (t) => {
      const { cloud, activities, run } = await startLane(t);
      cloud.addFault({ operation: 'createImage', times: 'always', kind });
      const failed = await run(() => activities.createBackup(ORDER)).catch((error: unknown) => error);

      assert.ok(failed instanceof ApplicationFailure && failed.type === type, String(failed));
      const [call] = cloud.journal.calls({ operation: 'createImage' });
      assert.equal(FailureDetails.parse(failed.details?.[0]).requestId, call?.requestId);
      assert.equal(cloud.journal.calls({ operation: 'createImage' }).length, 1);
    });
  }

  it('is busy for a bounded time while another task holds the VM', async (t) => {
    const { cloud, activities, run } = await startLane(t);
    const message = "Conflict with underlay task 'attachDisk'";
    const kind = { status: 400, code: 'FAILED_PRECONDITION', message, when: 'before' } as const;
    cloud.addFault({ operation: 'createImage', times: 3, kind });
    assert.equal((await run(() => activities.createBackup(ORDER))).attempt, 4);

    cloud.addFault({ operation: 'createImage', times: 'always', kind });
    await assert.rejects(
      run(() => activities.createBackup({ ...ORDER, description: 'another' })),
      failsAs('VmTaskConflict'),
    );
  });
});

describe('createBackup of a VM in other hands', { concurrency: true }, () => {
  for (const [status, type] of [
    ['running', 'ConcurrentChange'],
    ['rebuilding', 'ConcurrentChange'],
    ['error', 'VmInError'],
    ['stopping', 'VmTaskConflict'],
  ] as const) {
    it(`that is ${status} ends as ${type}, and no image is asked for`, async (t) => {
      const { cloud, activities, run } = await startLane(t, { status });
      await assert.rejects(
        run(() => activities.createBackup(ORDER)),
        failsAs(type),
      );
      assert.deepEqual(cloud.journal.calls({ operation: 'createImage' }), []);
    });
  }

  it('believes a stale look only when the next one shows it too', async (t) => {
    const { cloud, activities, run } = await startLane(t, { status: 'running' });
    cloud.act.stop(VM.instanceId);
    await cloud.waitFor(() => cloud.vm(VM.instanceId).status === 'stopped', 120_000);
    cloud.addFault({ operation: 'describeInstances', kind: { stale: 2 } });

    assert.ok((await run(() => activities.createBackup(ORDER))).attempt > 1);
    assert.equal(cloud.journal.effective('createImage'), 1);
  });

  it('does not send late: a worker that was frozen after the look looks again', async (t) => {
    const now = performance.now.bind(performance);
    let frozenMs = 0;
    t.mock.method(performance, 'now', () => now() + frozenMs);
    const freezing = (real: VmReader): VmReader => ({
      ...real,
      instance: async (...args) => {
        const instance = await real.instance(...args);
        if (frozenMs === 0) frozenMs = 25_000;
        return instance;
      },
    });
    const { cloud, activities, run } = await startLane(t, { readBy: freezing });

    assert.equal((await run(() => activities.createBackup(ORDER))).attempt, 2);
    const calls = cloud.journal.calls().map(({ operation }) => operation);
    const round = ['describeImages', 'describeInstances'];
    assert.deepEqual(calls, [...round, ...round, 'createImage']);
  });

  it('that is gone ends as VmNotFound', async (t) => {
    const { activities, run } = await startLane(t, { state: region({}) });
    await assert.rejects(
      run(() => activities.createBackup(ORDER)),
      failsAs('VmNotFound'),
    );
  });
});
