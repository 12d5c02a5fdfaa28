import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../../activities/create-activities.js';
import type { Acknowledge } from '../../../activities/runtime/heartbeat.js';
import { backupDescription, backupName } from '../../../contracts/backup.js';
import { FailureDetails } from '../../../contracts/failure-details.js';
import { OPERATION_MARKER_KEY, rollbackMarker } from '../../../contracts/names.js';
import { RebuildRequest } from '../../../contracts/rebuild-request.js';
import { CallWithheldError } from '../../../jdcloud/errors.js';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import { startSimulator } from '../../../simulator/start-simulator.js';
import { defer, type Scope } from '../../fixtures/defer.js';
import { requestFor } from '../../fixtures/requests.js';
import { runOn, target, VM } from './one-attempt.js';

const RUN = { runId: '01a20c92-5287-7efb-991e-fea69d7db1c5' };
const FOREIGN_IMAGE_ID = 'img-foreign';
const SECOND_MS = 1_000;

const oldBackup = image('img-old', {
  name: backupName(VM, { runId: 'older' }),
  desc: backupDescription(VM, { runId: 'older' }),
  createTime: '2026-01-01 00:00:00',
});

interface Change {
  readonly operation: 'stopInstance' | 'startInstance' | 'rebuildInstance' | 'createImage' | 'deleteImage';
  readonly status: 'running' | 'stopped' | 'rebuilding';
  readonly run: (activities: Activities) => Promise<unknown>;
}

/** Every activity that changes something. */
const CHANGES: readonly Change[] = [
  { operation: 'stopInstance', status: 'running', run: (activities) => activities.stopInstance({ vm: VM }) },
  { operation: 'startInstance', status: 'stopped', run: (activities) => activities.startInstance({ vm: VM }) },
  {
    operation: 'rebuildInstance',
    status: 'stopped',
    run: (activities) => {
      const request = RebuildRequest.parse(requestFor(VM.instanceId, { imageId: OTHER_IMAGE_ID }));
      return activities.rebuildInstance({ request, target });
    },
  },
  {
    operation: 'createImage',
    status: 'stopped',
    run: ({ createBackup }) =>
      createBackup({
        vm: VM,
        name: backupName(VM, RUN),
        description: backupDescription(VM, RUN),
        withDataDisks: false,
      }),
  },
  {
    operation: 'deleteImage',
    status: 'stopped',
    run: ({ pruneBackups }) => pruneBackups({ ...VM, keep: '1h', spare: [], dryRun: false }),
  },
];

/** One attempt at an activity over a simulator. */
async function attempt(t: Scope, { status, run }: Change, acknowledge: Acknowledge, info: Partial<Info> = {}) {
  const images = [DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, FOREIGN_IMAGE_ID].map((id) => image(id));
  const state = region({ vms: [vm(VM.instanceId, status)], images: [...images, oldBackup] });
  const cloud = await startSimulator({ compress: 1000, state });
  defer(t, () => cloud.close());
  return { cloud, ending: runOn(t, cloud, { run, acknowledge, info }) };
}

/** Nothing was sent, which is no doubt about a call: the run that hears of it knows the VM untouched. */
const withheld = (message: RegExp) => (error: unknown) =>
  error instanceof ApplicationFailure &&
  error.type === 'CallWithheld' &&
  error.nonRetryable !== true &&
  FailureDetails.parse(error.details?.[0]).callMayBeInFlight !== true &&
  message.test(error.message);

describe('a call that changes something', () => {
  for (const change of CHANGES) {
    const { operation } = change;

    it(`${operation}: goes out once Temporal has confirmed the attempt`, async (t) => {
      let asked = 0;
      const { cloud, ending } = await attempt(t, change, async () => void (asked += 1));
      await ending;

      assert.deepEqual([asked, cloud.journal.calls({ operation }).length], [1, 1]);
    });

    it(`${operation}: is not sent where Temporal does not, and another attempt may send it`, async (t) => {
      const { cloud, ending } = await attempt(t, change, async () => {
        throw new CallWithheldError('The attempt is over.');
      });

      await assert.rejects(ending, withheld(/^The attempt is over\. Nothing was sent\.$/));
      assert.equal(cloud.journal.calls({ operation }).length, 0);
    });

    it(`${operation}: is not sent when what was read is too old by the wall clock, the steady clock standing`, async (t) => {
      const { now } = Date;
      const { cloud, ending } = await attempt(t, change, async () => {
        t.mock.method(Date, 'now', () => now() + 21 * SECOND_MS);
      });

      await assert.rejects(ending, withheld(/over 20 s old/));
      assert.equal(cloud.journal.calls({ operation }).length, 0);
    });
  }

  it('given a VM that somebody rebuilt while the checks were slow, then it is looked at again and not erased', async (t) => {
    const [change] = CHANGES.filter(({ operation }) => operation === 'rebuildInstance');
    assert.ok(change !== undefined);
    const images = [DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, FOREIGN_IMAGE_ID].map((id) => image(id));
    const state = region({ vms: [vm(VM.instanceId, 'stopped')], images });
    const cloud = await startSimulator({ compress: 1000, state });
    defer(t, () => cloud.close());
    cloud.addFault({ operation: 'describeImages', kind: { delayMs: 1_500, when: 'before' } });
    const ending = runOn(t, cloud, { run: change.run, acknowledge: async () => undefined });
    ending.catch(() => undefined);
    await cloud.waitFor(({ journal }) => journal.calls({ operation: 'describeImages' }).length > 0, 120_000);
    cloud.act.rebuild(VM.instanceId, FOREIGN_IMAGE_ID);
    await cloud.waitFor(() => cloud.vm(VM.instanceId).imageId === FOREIGN_IMAGE_ID, 120_000);

    await assert.rejects(ending, (error) => error instanceof ApplicationFailure && error.type === 'ConcurrentChange');
    assert.equal(cloud.journal.calls({ operation: 'rebuildInstance' }).length, 0);
  });
});

describe('a rebuild', () => {
  it('of a VM that its own rollback has put back erases nothing, whoever sends it once more', async (t) => {
    const metadata = [{ key: OPERATION_MARKER_KEY, value: rollbackMarker(target.marker, 1) }];
    const images = [DEFAULT_IMAGE_ID, OTHER_IMAGE_ID].map((id) => image(id));
    const state = region({ vms: [vm(VM.instanceId, 'stopped', { metadata })], images });
    const cloud = await startSimulator({ compress: 1000, state });
    defer(t, () => cloud.close());
    const [change] = CHANGES.filter(({ operation }) => operation === 'rebuildInstance');
    assert.ok(change !== undefined);
    const ending = runOn(t, cloud, { run: change.run, acknowledge: async () => undefined });

    await assert.rejects(ending, { type: 'ValidationFailed', message: /was rolled back/ });
    assert.equal(cloud.journal.calls({ operation: 'rebuildInstance' }).length, 0);
  });
});

describe('a stop', () => {
  it('is not asked for once its window is over', async (t) => {
    const notAfter = { begin: '2026-01-01T00:00:00Z', erase: '2999-01-01T00:00:00Z' };
    const run: Change['run'] = (activities) => activities.stopInstance({ vm: VM, notAfter });
    const change: Change = { operation: 'stopInstance', status: 'running', run };
    const { cloud, ending } = await attempt(t, change, async () => undefined);

    await assert.rejects(ending, { type: 'WindowClosed', nonRetryable: true });
    assert.equal(cloud.journal.calls({ operation: 'stopInstance' }).length, 0);
  });

  it('of a VM that somebody rebuilds ends it all: it is not repeated until that rebuild is over', async (t) => {
    const run: Change['run'] = (activities) => activities.stopInstance({ vm: VM });
    const change: Change = { operation: 'stopInstance', status: 'rebuilding', run };
    const { cloud, ending } = await attempt(t, change, async () => undefined);

    await assert.rejects(ending, { type: 'ConcurrentChange', nonRetryable: true });
    assert.equal(cloud.journal.calls({ operation: 'stopInstance' }).length, 0);
  });
});

describe('a start', () => {
  const start = (activities: Activities) => activities.startInstance({ vm: VM });

  it('is asked for where a look that lags shows the VM as it was before its stop', async (t) => {
    const cloud = await startSimulator({ compress: 1000, state: region({ vms: [vm(VM.instanceId, 'running')] }) });
    defer(t, () => cloud.close());
    const acknowledge = async () => undefined;
    await runOn(t, cloud, { run: (activities) => activities.stopInstance({ vm: VM }), acknowledge });
    await cloud.waitFor(() => cloud.vm(VM.instanceId).status === 'stopped', 120_000);
    cloud.addFault({ operation: 'describeInstances', kind: { stale: 2 } });
    await runOn(t, cloud, { run: start, acknowledge });

    assert.equal(cloud.journal.effective('startInstance', VM.instanceId), 1);
  });

  it('of a VM that runs is refused by JD Cloud, and that is no failure', async (t) => {
    const change: Change = { operation: 'startInstance', status: 'running', run: start };
    const { cloud, ending } = await attempt(t, change, async () => undefined);
    await ending;

    assert.equal(cloud.journal.effective('startInstance', VM.instanceId), 0);
  });

  const refused = { operation: 'startInstance', kind: { status: 400, message: 'The instance is up already' } } as const;

  it('of a VM that runs is no failure either where JD Cloud refuses it in other words', async (t) => {
    const change: Change = { operation: 'startInstance', status: 'running', run: start };
    const { cloud, ending } = await attempt(t, change, async () => cloud.addFault(refused));
    await ending;
  });

  it('that is refused where the VM was not seen running, or for a reason that is known, is a failure', async (t) => {
    const change: Change = { operation: 'startInstance', status: 'stopped', run: start };
    const { cloud, ending } = await attempt(t, change, async () => cloud.addFault(refused));
    await assert.rejects(ending, { type: 'StartRefused' });
    const running = await attempt(t, { ...change, status: 'running' }, async () =>
      running.cloud.addFault({ ...refused, kind: { status: 400, message: 'Out of stock' } }),
    );
    await assert.rejects(running.ending, { type: 'OutOfStock' });
  });
});

describe('a generated password', () => {
  it('is not handed over by an attempt that no longer counts', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'reimage-sink-'));
    defer(t, () => rm(directory, { recursive: true }));
    const passwordRef = `generate:file:${directory}/{instanceId}`;
    const request = RebuildRequest.parse(requestFor(VM.instanceId, { imageId: OTHER_IMAGE_ID, passwordRef }));
    const change: Change = {
      operation: 'rebuildInstance',
      status: 'stopped',
      run: (activities) => activities.rebuildInstance({ request, target }),
    };
    const { cloud, ending } = await attempt(t, change, async () => {
      throw new CallWithheldError('The attempt is over.');
    });

    await assert.rejects(ending, withheld(/Nothing was sent/));
    assert.deepEqual(await readdir(directory), []);
    assert.equal(cloud.journal.calls({ operation: 'rebuildInstance' }).length, 0);
  });
});
