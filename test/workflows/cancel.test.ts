import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';
import { holdTransition } from '../fixtures/hold-transition.js';
import { inLane, type Lane } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';

interface Moment {
  readonly name: string;
  /** Keeps the rebuild in its phase: JD Cloud is done with this only once the rebuild was cancelled. */
  readonly held?: 'stopInstance' | 'rebuildInstance' | 'startInstance';
  readonly fault?: FaultRule;
  /** When to cancel; absent: once what is held is under way. */
  readonly reached?: (lane: Lane) => boolean;
  readonly outcome: 'cancelled' | 'done';
  readonly stops: number;
  readonly rebuilds: number;
}

const called = (operation: string) => (lane: Lane) =>
  lane.cloud.journal.calls({ operation, instanceId: lane.instanceId }).length > 0;

const MOMENTS: readonly Moment[] = [
  {
    name: 'while it validates',
    fault: { operation: 'describeImages', times: 'always', kind: { status: 503, when: 'before' } },
    reached: ({ cloud }) => cloud.journal.calls({ operation: 'describeImages' }).length > 0,
    outcome: 'cancelled',
    stops: 0,
    rebuilds: 0,
  },
  {
    name: 'while the stop is refused with 503',
    fault: { operation: 'stopInstance', times: 'always', kind: { status: 503, when: 'before' } },
    reached: called('stopInstance'),
    outcome: 'cancelled',
    stops: 0,
    rebuilds: 0,
  },
  { name: 'while the VM stops', held: 'stopInstance', outcome: 'cancelled', stops: 1, rebuilds: 0 },
  {
    name: 'while the rebuild call is refused with 503',
    fault: { operation: 'rebuildInstance', times: 'always', kind: { status: 503, when: 'before' } },
    reached: called('rebuildInstance'),
    outcome: 'cancelled',
    stops: 1,
    rebuilds: 0,
  },
  {
    name: 'when the answer to the rebuild call was lost',
    fault: { operation: 'rebuildInstance', kind: { drop: 'after' } },
    held: 'rebuildInstance',
    outcome: 'done',
    stops: 1,
    rebuilds: 1,
  },
  { name: 'while the VM is rebuilt', held: 'rebuildInstance', outcome: 'done', stops: 1, rebuilds: 1 },
  { name: 'while the VM starts', held: 'startInstance', outcome: 'done', stops: 1, rebuilds: 1 },
];

describe('a rebuild cancelled', { concurrency: 4 }, () => {
  for (const { name, held, fault, reached, outcome, stops, rebuilds } of MOMENTS) {
    it(`${name} ends ${outcome}, the VM running as before`, () =>
      inLane({}, async (lane) => {
        const { cloud, worker, instanceId } = lane;
        if (fault !== undefined) cloud.addFault(fault);
        const transition = held === undefined ? null : holdTransition(cloud, held);
        const handle = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
        await (reached === undefined ? transition?.reached() : cloud.waitFor(() => reached(lane), 120_000));
        await handle.cancel();
        transition?.release();
        const result = await outcomeOf(handle);

        assert.equal(result.outcome, outcome, result.failure?.message);
        assert.equal(cloud.journal.effective('stopInstance', instanceId), stops);
        assert.equal(cloud.journal.effective('rebuildInstance', instanceId), rebuilds);
        assert.equal(cloud.vm(instanceId).status, 'running');
        assert.equal(result.power.after ?? 'running', 'running');
        const { status: execution } = await handle.describe();
        assert.equal(execution.name, outcome === 'done' ? 'COMPLETED' : 'CANCELLED');
        assert.equal(
          result.warnings.some(({ code }) => code === 'cancel-too-late'),
          outcome === 'done',
        );
      }));
  }

  it('leaves a VM stopped that was stopped before', () =>
    inLane({ status: 'stopped' }, async ({ cloud, worker, instanceId }) => {
      cloud.addFault({ operation: 'rebuildInstance', times: 'always', kind: { status: 503, when: 'before' } });
      const handle = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
      await cloud.waitFor(({ journal }) => journal.calls({ operation: 'rebuildInstance' }).length > 0, 120_000);
      await handle.cancel();

      assert.equal((await outcomeOf(handle)).outcome, 'cancelled');
      assert.equal(cloud.vm(instanceId).status, 'stopped');
      assert.equal(cloud.journal.calls({ operation: 'startInstance' }).length, 0);
    }));

  it('tells both stories when the old power state cannot be restored', () =>
    inLane({}, async ({ cloud, worker, instanceId }) => {
      const outOfStock = "InstanceType 'g.n2.large' is out of stock";
      cloud.addFault({
        operation: 'startInstance',
        times: 'always',
        kind: { status: 400, code: 'FAILED_PRECONDITION', message: outOfStock, when: 'before' },
      });
      const stopping = holdTransition(cloud, 'stopInstance');
      const handle = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
      await stopping.reached();
      await handle.cancel();
      stopping.release();
      const result = await outcomeOf(handle);

      assert.deepEqual([result.outcome, result.failure?.type], ['failed', 'OutOfStock']);
      assert.match(result.failure?.message ?? '', /out of stock.*cancelled/s);
      assert.equal(result.failure?.state?.status, 'stopped');
      assert.equal(cloud.journal.effective('rebuildInstance', instanceId), 0);
    }));
});
