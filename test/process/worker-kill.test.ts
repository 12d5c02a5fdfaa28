import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { testTemporal } from '../fixtures/temporal-env.js';
import { startRebuild } from '../fixtures/worker.js';
import { startWorkerProcess } from './worker-process.js';

const { PENDING_ACTIVITY_STATE_SCHEDULED } = proto.temporal.api.enums.v1.PendingActivityState;

/** A rebuild that is in this phase when its worker is killed. */
interface Moment {
  readonly name: string;
  readonly status?: 'running' | 'stopped';
  readonly imageId?: string;
  /** Holds the rebuild there. */
  readonly fault: FaultRule;
  /** The fault is set once this call has taken effect; at once without it. */
  readonly armedBy?: string;
  readonly reached: (held: Held) => boolean | Promise<boolean>;
}

interface Held {
  readonly cloud: Simulator;
  readonly instanceId: string;
  readonly handle: WorkflowHandle;
}

/** Longer than it takes to bring the others where they belong, shorter than a heartbeat timeout. */
const DELAYED_MS = 20_000;
const unavailable = { status: 503, when: 'before' } as const;
const isIn =
  (status: string) =>
  ({ cloud, instanceId }: Held) =>
    cloud.vm(instanceId).status === status;
const isCalled = ({ cloud, instanceId }: Held) =>
  cloud.journal.calls({ operation: 'rebuildInstance', instanceId }).length > 0;
const isPerformed = ({ cloud, instanceId }: Held) => cloud.journal.effective('rebuildInstance', instanceId) > 0;

/** Between two attempts. (One without heartbeats that dies with its worker is repeated only after its timeout of 90 s.) */
async function isBackingOff({ handle }: Held): Promise<boolean> {
  const { raw } = await handle.describe();
  return (raw.pendingActivities ?? []).some(
    ({ attempt, state }) => (attempt ?? 0) > 1 && state === PENDING_ACTIVITY_STATE_SCHEDULED,
  );
}

/**
 * Brought there one after the other: reads are shared, so that one whose reads fail would hold back those that
 * begin with it. Each is onto the image that the VM has, the hardest to tell, unless it says otherwise.
 */
const MOMENTS: readonly Moment[] = [
  { name: 'stopping', fault: { operation: 'stopInstance', kind: { outcome: 'stuck' } }, reached: isIn('stopping') },
  {
    name: 'rebuilding',
    fault: { operation: 'rebuildInstance', kind: { outcome: 'stuck' } },
    reached: isIn('rebuilding'),
  },
  { name: 'starting', fault: { operation: 'startInstance', kind: { outcome: 'stuck' } }, reached: isIn('starting') },
  {
    name: 'verifying',
    imageId: OTHER_IMAGE_ID,
    armedBy: 'startInstance',
    fault: { operation: 'describeInstances', times: 'always', kind: unavailable },
    reached: isBackingOff,
  },
  {
    name: 'rebuilding, its call on the way',
    fault: { operation: 'rebuildInstance', kind: { delayMs: DELAYED_MS, when: 'before' } },
    reached: isCalled,
  },
  {
    name: 'rebuilding, its call being answered',
    fault: { operation: 'rebuildInstance', kind: { delayMs: DELAYED_MS, when: 'after' } },
    reached: isPerformed,
  },
  {
    name: 'rebuilding, its call being answered, onto another image',
    imageId: OTHER_IMAGE_ID,
    status: 'stopped',
    fault: { operation: 'rebuildInstance', kind: { delayMs: DELAYED_MS, when: 'after' } },
    reached: isPerformed,
  },
  {
    name: 'validating',
    fault: { operation: 'describeInstances', times: 'always', kind: unavailable },
    reached: isBackingOff,
  },
];

describe('kill -9 of the worker', () => {
  it('in any phase costs a rebuild nothing but time', async (t) => {
    const rebuilds = MOMENTS.map((moment) => ({ status: 'running', ...moment, instanceId: uniqueVmId() }));
    const state = region({ vms: rebuilds.map(({ instanceId, status }) => vm(instanceId, status)) });
    // Polls see every start, so that a wait for one needs no read of its own: the reads that fail are those of the verification.
    const cloud = await startSimulator({ compress: 100, timing: { starting: 100_000 }, state });
    defer(t, () => cloud.close());
    const { client, settings } = await testTemporal(t);
    const where = { cloud, address: settings.address, taskQueue: `test-${randomUUID()}` };
    const worker = await startWorkerProcess(t, where);

    const handles: WorkflowHandle[] = [];
    for (const { name, instanceId, imageId, fault, armedBy, reached } of rebuilds) {
      if (armedBy === undefined) cloud.addFault({ ...fault, instanceId });
      const handle = await startRebuild(client, where.taskQueue, requestFor(instanceId, imageId ? { imageId } : {}));
      handles.push(handle);
      if (armedBy !== undefined) {
        await eventually(armedBy, () => cloud.journal.effective(armedBy, instanceId) === 1);
        cloud.addFault({ ...fault, instanceId });
      }
      await eventually(name, () => reached({ cloud, instanceId, handle }));
    }
    assert.equal(await worker.kill(), 'SIGKILL');
    const callsBefore = cloud.journal.calls().length;
    cloud.clearFaults();
    for (const { instanceId } of rebuilds) if (cloud.vm(instanceId).task !== null) cloud.act.release(instanceId);
    await startWorkerProcess(t, where);

    await Promise.all(
      rebuilds.map(({ name, instanceId, status, imageId }, index) =>
        t.test(`while ${name}: erased once, ${status} as before`, async () => {
          const handle = handles[index];
          assert.ok(handle !== undefined);
          const result = await outcomeOf(handle);

          assert.equal(result.outcome, 'done', result.failure?.message);
          assert.equal(cloud.journal.effective('rebuildInstance', instanceId), 1);
          assert.equal(cloud.journal.effective('stopInstance', instanceId), status === 'running' ? 1 : 0);
          assert.equal(cloud.journal.effective('startInstance', instanceId), status === 'running' ? 1 : 0);
          assert.equal(cloud.vm(instanceId).status, status);
          assert.equal(cloud.vm(instanceId).imageId, imageId ?? DEFAULT_IMAGE_ID);
          assert.deepEqual(result.power, { before: status, after: status });
        }),
      ),
    );
    assert.ok(cloud.journal.calls().length > callsBefore, 'the second worker did the rest');
  });
});
