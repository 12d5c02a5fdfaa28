import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import type { FaultKind } from '../../simulator/model/fault-rule.js';
import { eventuallyGiven } from '../fixtures/eventually.js';
import { holdTransition } from '../fixtures/hold-transition.js';
import { inLane, type Lane, LOCAL_IMAGE_ID } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';

/** A cloud in which a landed rebuild leaves as little trace as may be, and is over before anybody looks. */
const TRACELESS = {
  assumptions: { diskIdChanges: 'never' },
  timing: { rebuilding: 100, acceptedVisibleAfter: 0 },
} as const;
const LOST: FaultKind = { drop: 'after' };
const pairs = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `key-${i}`, value: 'mine' }));
/** JD Cloud gives a disk on the host no id. */
const LOCAL = { imageId: LOCAL_IMAGE_ID, systemDisk: { diskCategory: 'local', diskType: 'ssd' } } as const;
const erased = ({ cloud, instanceId }: Lane) => cloud.journal.effective('rebuildInstance', instanceId);

async function idOfPending(handle: WorkflowHandle, type: string): Promise<string> {
  return await eventuallyGiven(`${type} is pending`, async () => {
    const { raw } = await handle.describe();
    const own = raw.pendingActivities?.find(({ activityType }) => activityType?.name === type);
    return own?.activityId ?? null;
  });
}

describe('a rebuild is erased once', { concurrency: 4 }, () => {
  it('although metadata cannot be read right before the call', () =>
    inLane(TRACELESS, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      cloud.addFault({ operation: 'describeInstancesCustomData', skip: 1, kind: { status: 403, when: 'before' } });
      cloud.addFault({ operation: 'rebuildInstance', kind: LOST });
      const result = await worker.execute(requestFor(instanceId));

      // Image and disk are what they were: it landed, and nobody can tell what is on the disk.
      assert.equal(result.failure?.type, 'RebuildOutcomeUnknown', result.failure?.message);
      assert.equal(erased(lane), 1);
      assert.equal(cloud.vm(instanceId).status, 'running');
    }));

  it('and not at all when the room for its marker was taken while the VM stopped', () =>
    inLane({ ...TRACELESS, overrides: { metadata: pairs(39) } }, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      const handle = await worker.start(requestFor(instanceId));
      await cloud.waitFor(({ vm }) => vm(instanceId).status === 'stopping', 120_000);
      cloud.act.setMetadata(instanceId, pairs(40));
      const result = await outcomeOf(handle);

      assert.equal(result.failure?.type, 'ValidationFailed');
      assert.equal(erased(lane), 0);
      assert.equal(cloud.vm(instanceId).status, 'running');
    }));

  it('although an operator resets the activity whose answer was lost', () =>
    inLane({}, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      cloud.addFault({ operation: 'rebuildInstance', kind: { status: 500, when: 'after' } });
      const handle = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
      await cloud.waitFor(() => erased(lane) === 1, 120_000);
      // What became of it cannot be told before the reset.
      for (const operation of ['describeInstances', 'describeBriefInstances'])
        cloud.addFault({ operation, times: 'always', kind: { status: 503, when: 'before' } });
      const execution = { workflowId: handle.workflowId };
      const id = await idOfPending(handle, 'rebuildInstance');
      await worker.client.workflowService.resetActivity({ namespace: 'default', execution, id, resetHeartbeat: true });
      cloud.clearFaults();
      const result = await outcomeOf(handle);

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.equal(erased(lane), 1);
    }));

  it('although its request id comes again after its history has gone', () =>
    inLane({}, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      const request = requestFor(instanceId, { requestId: 'ticket-7' });
      await worker.execute(request);
      const result = await worker.execute(request);

      assert.deepEqual(
        result.failure?.issues?.map(({ code }) => code),
        ['already-rebuilt'],
      );
      assert.equal(erased(lane), 1);
      assert.equal(cloud.journal.effective('stopInstance', instanceId), 1);
    }));
});

describe('a rebuilt VM is brought back', { concurrency: 4 }, () => {
  const rows: readonly { name: string; operation: string; kind: FaultKind; times?: number }[] = [
    { name: 'a poll that shows what was before', operation: 'describeBriefInstances', kind: { stale: true }, times: 3 },
    {
      name: 'two polls refused with 403',
      operation: 'describeBriefInstances',
      kind: { status: 403, when: 'before' },
      times: 2,
    },
    {
      name: 'a poll refused with 400',
      operation: 'describeBriefInstances',
      kind: { status: 400, code: 'INVALID_ARGUMENT', when: 'before' },
    },
  ];
  for (const { name, operation, kind, times = 1 } of rows) {
    it(`after ${name}`, () =>
      inLane({}, async (lane) => {
        const { cloud, worker, instanceId } = lane;
        const handle = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
        await cloud.waitFor(({ vm }) => vm(instanceId).status === 'rebuilding', 120_000);
        cloud.addFault({ operation, kind, times });
        const result = await outcomeOf(handle);

        assert.equal(result.outcome, 'done', result.failure?.message);
        assert.equal(cloud.vm(instanceId).status, 'running');
        assert.equal(erased(lane), 1);
      }));
  }

  it('after a start that is to be tried again in an hour', () =>
    inLane({ worker: { timing: { longestDelayMs: 500 } } }, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      const later: FaultKind = { status: 503, retryAfterSeconds: 3600, when: 'before' };
      cloud.addFault({ operation: 'startInstance', kind: later });
      const result = await worker.execute(requestFor(instanceId));

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.equal(cloud.vm(instanceId).status, 'running');
    }));

  it('when its deadline passed while the lost call was looked for', () =>
    inLane({}, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      cloud.addFault({ operation: 'rebuildInstance', kind: LOST });
      cloud.addFault({ operation: 'describeInstancesCustomData', skip: 2, kind: { delayMs: 7_000, when: 'before' } });
      const request = { imageId: OTHER_IMAGE_ID, deadlines: { rebuildingSeconds: 5 } };
      const result = await worker.execute(requestFor(instanceId, request));

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.equal(cloud.vm(instanceId).status, 'running');
      assert.equal(erased(lane), 1);
    }));
});

describe('an undone stop', { concurrency: 4 }, () => {
  it('gets its time, however short the deadlines asked for', () =>
    inLane({ timing: { stopping: 1_600_000 } }, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      const deadlines = { stoppingSeconds: 5, startingSeconds: 5 };
      const result = await worker.execute(requestFor(instanceId, { deadlines }));

      assert.equal(result.failure?.type, 'DeadlineExceeded');
      assert.equal(result.failure.state?.status, 'running');
      assert.equal(cloud.vm(instanceId).status, 'running');
      assert.equal(result.attempts['stopping'], 1);
    }));

  it('is left to who acts on the VM meanwhile', () =>
    inLane({}, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      const image = { operation: 'describeImages', skip: 1, kind: { delayMs: 1_000, when: 'before' } } as const;
      cloud.addFault(image);
      const handle = await worker.start(requestFor(instanceId, { imageId: DEFAULT_IMAGE_ID }));
      await cloud.waitFor(({ vm }) => vm(instanceId).status === 'stopped', 120_000);
      cloud.act.rebuild(instanceId, OTHER_IMAGE_ID);
      const result = await outcomeOf(handle);

      assert.equal(result.failure?.type, 'ConcurrentChange', result.failure?.message);
      assert.equal(cloud.journal.calls({ operation: 'startInstance' }).length, 0);
      assert.equal(erased(lane), 0);
    }));
});

describe('a result is true', { concurrency: 4 }, () => {
  const LEFT_OLD = [
    { name: 'and wrote no marker', lane: { assumptions: { metadataChanges: 'end' } }, type: 'RebuildNotApplied' },
    { name: 'and wrote the marker', lane: {}, type: 'RebuildOutcomeUnknown' },
    {
      name: 'and there is no room for a marker',
      lane: { overrides: { metadata: pairs(40) } },
      type: 'RebuildOutcomeUnknown',
    },
    { name: 'that has no id', lane: { overrides: LOCAL }, type: 'RebuildOutcomeUnknown' },
  ] as const;
  for (const { name, lane: options, type } of LEFT_OLD)
    it(`when the rebuild onto the same image left the old disk, ${name}: ${type}`, () =>
      inLane(options, async (lane) => {
        const { cloud, worker, instanceId } = lane;
        cloud.addFault({ operation: 'rebuildInstance', kind: { outcome: 'stays-old' } });
        const result = await worker.execute(requestFor(instanceId, { imageId: cloud.vm(instanceId).imageId }));

        assert.deepEqual([result.outcome, result.failure?.type], ['failed', type], result.failure?.message);
        assert.equal(cloud.vm(instanceId).status, 'running');
      }));

  it('when JD Cloud reports another image and the same system disk: a warning', () =>
    inLane({ assumptions: { diskIdChanges: 'never' } }, async ({ worker, instanceId }) => {
      const result = await worker.execute(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.ok(result.warnings.some(({ code }) => code === 'same-system-disk'));
    }));

  it("when someone else's rebuild took the place of ours: a warning", () =>
    inLane({ timing: { rebuilding: 300_000 } }, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      cloud.addFault({ operation: 'rebuildInstance', kind: { drop: 'before' } });
      const handle = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
      const sent = () => cloud.journal.calls({ operation: 'rebuildInstance' }).length > 0;
      await cloud.waitFor(sent, 120_000);
      cloud.act.rebuild(instanceId, OTHER_IMAGE_ID);
      const result = await outcomeOf(handle);

      assert.equal(erased(lane), 0);
      assert.ok(
        result.warnings.some(({ code }) => code === 'marker-missing'),
        JSON.stringify(result.warnings),
      );
    }));

  it('after one poll that shows a start as it was before: no StartRefused', () =>
    inLane({}, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      const starting = holdTransition(cloud, 'startInstance');
      const handle = await worker.start(requestFor(instanceId));
      await starting.reached();
      const looks = () => cloud.journal.calls({ operation: 'describeBriefInstances' });
      const before = looks().length;
      await cloud.waitFor(() => looks().length > before + 1, 120_000);
      cloud.addFault({ operation: 'describeBriefInstances', kind: { stale: true } });
      await cloud.waitFor(() => looks().some(({ fault, performed }) => fault === 'stale read' && performed), 120_000);
      starting.release();
      const result = await outcomeOf(handle);

      assert.equal(result.outcome, 'done', result.failure?.message);
    }));

  it('refuses metadata when the pairs of the VM cannot be read and would be lost', () =>
    inLane({ overrides: { metadata: pairs(2) } }, async (lane) => {
      const { cloud, worker, instanceId } = lane;
      cloud.addFault({
        operation: 'describeInstancesCustomData',
        times: 'always',
        kind: { status: 403, when: 'before' },
      });
      const result = await worker.execute(requestFor(instanceId, { metadata: [{ key: 'role', value: 'web' }] }));

      assert.deepEqual(
        result.failure?.issues?.map(({ code }) => code),
        ['metadata'],
      );
      assert.deepEqual(cloud.vm(instanceId).metadata, pairs(2));
    }));
});
