import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import * as z from 'zod';
import { backupDescription, backupName } from '../../../../contracts/backup.js';
import { NotFoundError } from '../../../../jdcloud/errors.js';
import type { VmReader } from '../../../../jdcloud/reader.js';
import { image, region, vm } from '../../../../simulator/model/builders.js';
import type { FaultKind } from '../../../../simulator/model/fault-rule.js';
import type { SimulatorOptions } from '../../../../simulator/start-simulator.js';
import { failsAs, type Lane, type LaneOptions, ORDER, startLane, VM } from './backup-lane.js';

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
const FROZEN = { compress: 1, timing: { creatingImage: 3_600_000 } } satisfies SimulatorOptions;

const Beat = z.object({ attempt: z.int(), lastError: z.string().nullable(), lastAnswer: z.string() });

/** JD Cloud's list does not hold the image. */
function absent(): NotFoundError {
  const answer = { operation: 'describeImages', httpStatus: 200, status: null, code: null, requestId: 'r-1' };
  return new NotFoundError('it is not there', { ...answer, retryAfterMs: null, mayHaveArrived: false });
}

/** A cloud in which the backup has been asked for, and the wait for it. */
async function startWait(
  t: Parameters<typeof startLane>[0],
  options: LaneOptions & { outcome?: 'error' | 'stuck' | 'disappears' } = {},
) {
  const { outcome, ...rest } = options;
  const lane = await startLane(t, rest);
  if (outcome !== undefined) lane.cloud.addFault({ operation: 'createImage', kind: { outcome } });
  const { imageId } = await lane.run(() => lane.activities.createBackup(ORDER));
  const wait = (deadlineAt = inSeconds(30)) => lane.activities.waitUntilBackupReady({ vm: VM, imageId, deadlineAt });
  return { ...lane, imageId, wait };
}

describe('waitUntilBackupReady', { concurrency: true }, () => {
  it('ends when the image is ready, and tells the VM as it is then', async (t) => {
    const { cloud, imageId, run, wait } = await startWait(t, FROZEN);
    const waiting = run(() => wait());
    await cloud.waitFor(() => cloud.journal.calls({ operation: 'describeImages' }).length > 3, 120_000);
    cloud.act.release(VM.instanceId);
    const report = await waiting;

    assert.deepEqual([report.imageId, report.status, report.apiCalls], [imageId, 'ready', []]);
    assert.deepEqual([report.observed.status, report.observed.imageId], ['stopped', 'img-ubuntu2204']);
  });

  it('heartbeats what the image was last seen as', async (t) => {
    const { cloud, imageId, run, wait, heartbeats } = await startWait(t, FROZEN);
    const waiting = run(() => wait());
    await cloud.waitFor(() => cloud.journal.calls({ operation: 'describeImages' }).length > 3, 120_000);
    cloud.act.release(VM.instanceId);
    await waiting;
    const told = heartbeats.map((details) => Beat.safeParse(details).data).find((beat) => beat !== undefined);
    assert.deepEqual(told, { attempt: 1, lastError: null, lastAnswer: `image ${imageId} is pending` });
  });

  it('ends as BackupFailed when the image ends in error', async (t) => {
    const { run, wait, imageId } = await startWait(t, { outcome: 'error' });
    await assert.rejects(
      run(() => wait()),
      failsAs('BackupFailed', new RegExp(imageId)),
    );
  });

  it('ends as BackupFailed when the image is gone for longer than it may be invisible', async (t) => {
    const { run, wait, cloud } = await startWait(t, { outcome: 'disappears' });
    const before = Date.now();
    await assert.rejects(
      run(() => wait()),
      failsAs('BackupFailed', /does not know/),
    );
    assert.ok(Date.now() - before >= 400);
    assert.ok(cloud.journal.calls({ operation: 'describeImages' }).length > 3);
  });

  it('bears an image that is invisible at first, and one that a list leaves out once', async (t) => {
    // Long enough for the first looks on a busy machine too.
    const settleMs = 4_000;
    let looks = 0;
    let leftOutAt: number | null = null;
    const begunAt = Date.now();
    const isHidden = () => {
      looks += 1;
      // Later than an image may be invisible in one piece.
      if (leftOutAt === null && Date.now() - begunAt > settleMs + 500) leftOutAt = looks;
      return looks < 5 || looks === leftOutAt;
    };
    const hidden = (real: VmReader): VmReader => ({
      ...real,
      image: (...args) => (isHidden() ? Promise.reject(absent()) : real.image(...args)),
    });
    const { cloud, run, wait } = await startWait(t, { ...FROZEN, readBy: hidden, activityTiming: { settleMs } });
    const waiting = run(() => wait());
    await cloud.waitFor(() => leftOutAt !== null && looks > leftOutAt, 120_000);
    cloud.act.release(VM.instanceId);

    assert.equal((await waiting).status, 'ready');
  });

  it('ends as DeadlineExceeded when the image is never ready', async (t) => {
    const { run, wait } = await startWait(t, { outcome: 'stuck' });
    await assert.rejects(
      run(() => wait(inSeconds(1))),
      failsAs('DeadlineExceeded', /was last seen pending/),
    );
  });

  it('waits on through a status that it does not know', async (t) => {
    const state = region({
      vms: [vm(VM.instanceId, 'stopped')],
      images: [image('img-1', { status: 'Replicating' }), image('img-ubuntu2204')],
    });
    const { cloud, activities, run } = await startLane(t, { state });
    const input = { vm: VM, imageId: 'img-1', deadlineAt: inSeconds(30) };
    const waiting = run(() => activities.waitUntilBackupReady(input));
    await cloud.waitFor(() => cloud.journal.calls({ operation: 'describeImages' }).length > 5, 120_000);
    cloud.act.setImageStatus('img-1', 'ready');
    assert.equal((await waiting).status, 'ready');
  });

  it('ends as VmDeleted when the VM is gone by then', async (t) => {
    const state = region({ images: [image('img-1')] });
    const { activities, run } = await startLane(t, { state });
    await assert.rejects(
      run(() => activities.waitUntilBackupReady({ vm: VM, imageId: 'img-1', deadlineAt: inSeconds(30) })),
      failsAs('VmDeleted'),
    );
  });
});

const HINDRANCES: readonly { name: string; kind: FaultKind }[] = [
  { name: '500', kind: { status: 500, when: 'before' } },
  { name: '429', kind: { throttle: true } },
  { name: 'HTML 503', kind: { body: 'html', when: 'before' } },
  { name: 'a broken connection', kind: { drop: 'before' } },
  { name: 'a refusal', kind: { status: 403, when: 'before' } },
];

describe('waitUntilBackupReady, when a look fails', { concurrency: true }, () => {
  for (const { name, kind } of HINDRANCES) {
    it(`goes on after ${name}, twice, and says so meanwhile`, async (t) => {
      const { cloud, run, wait, heartbeats } = await startWait(t, FROZEN);
      cloud.addFault({ operation: 'describeImages', times: 2, kind });
      const waiting = run(() => wait());
      const looks = cloud.journal.calls({ operation: 'describeImages' }).length;
      await cloud.waitFor(() => cloud.journal.calls({ operation: 'describeImages' }).length > looks + 3, 120_000);
      cloud.act.release(VM.instanceId);

      assert.deepEqual([(await waiting).status, (await waiting).attempt], ['ready', 1]);
      assert.match(JSON.stringify(heartbeats), /"lastError":"describeImages/);
    });
  }

  it('believes a refusal that comes three times in a row', async (t) => {
    const { cloud, run, wait } = await startWait(t, FROZEN);
    cloud.addFault({ operation: 'describeImages', times: 'always', kind: { status: 403, when: 'before' } });
    await assert.rejects(
      run(() => wait()),
      failsAs('PermissionDenied'),
    );
  });
});

describe('waitUntilBackupReady, when it is to end early', { concurrency: true }, () => {
  it('gives its place back at once when the worker stops', async (t) => {
    const { cloud, once, wait, stopping } = await startWait(t, FROZEN);
    const waiting = once(() => wait());
    const looked = cloud.journal.calls({ operation: 'describeImages' }).length;
    await cloud.waitFor(() => cloud.journal.calls({ operation: 'describeImages' }).length > looked, 120_000);
    stopping.abort();
    await assert.rejects(waiting, failsAs('WorkerStopping'));
  });

  it('ends as cancelled when it is cancelled', async (t) => {
    const { cloud, wait } = await startWait(t, FROZEN);
    const environment = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: Date.now() });
    const waiting = environment.run(() => wait());
    const looked = cloud.journal.calls({ operation: 'describeImages' }).length;
    await cloud.waitFor(() => cloud.journal.calls({ operation: 'describeImages' }).length > looked, 120_000);
    environment.cancel();
    await assert.rejects(waiting, CancelledFailure);
  });
});

describe('many backups of one region', () => {
  const VMS = Array.from({ length: 20 }, (_, index) => ({ ...VM, instanceId: `i-many${index}` }));

  /** Asks for the backup of one VM, and waits for it. */
  async function backUp({ activities, run }: Lane, of: typeof VM | (typeof VMS)[number]) {
    const operation = { runId: `run-${of.instanceId}` };
    const order = { ...ORDER, vm: of, name: backupName(of, operation), description: backupDescription(of, operation) };
    const { imageId } = await run(() => activities.createBackup(order));
    return run(() => activities.waitUntilBackupReady({ vm: of, imageId, deadlineAt: inSeconds(30) }));
  }

  it('share their looks', async (t) => {
    const vms = VMS.map(({ instanceId }) => vm(instanceId, 'stopped'));
    const state = region({ vms, quotas: { image: 100 } });
    const lane = await startLane(t, {
      state,
      compress: 100,
      activityTiming: { readWindowMs: 10, pollIntervalMs: 100 },
    });
    const reports = await Promise.all(VMS.map((of) => backUp(lane, of)));

    assert.deepEqual([...new Set(reports.map(({ status }) => status))], ['ready']);
    const looks = lane.heartbeats.filter((details) => JSON.stringify(details).includes('lastAnswer')).length;
    const calls = lane.cloud.journal.calls({ operation: 'describeImages' }).filter(({ params }) => 'ids.1' in params);
    assert.ok(looks >= VMS.length * 3, `${looks} looks`);
    assert.ok(calls.length < looks / 4, `${calls.length} calls for ${looks} looks`);
  });
});
