import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FailureType } from '../../contracts/failures.js';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { DEFAULT_IMAGE_ID } from '../../simulator/model/builders.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';
import { inLane, type LaneOptions } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { assertTold, run, SLOW_START, startFails, typesOf } from './way-out-run.js';

describe('onFailure rollback', { concurrency: 2 }, () => {
  it('puts a VM that does not start back onto its former image, and says that data is lost', () =>
    inLane(SLOW_START, async (lane) => {
      const result = await outcomeOf(await run(lane, { onFailure: 'rollback' }, startFails()));

      assert.deepEqual([result.outcome, result.failure?.type], ['failed', 'RolledBack'], result.failure?.message);
      assert.deepEqual(typesOf(result), ['StartRefused']);
      const [rollback, ...more] = result.rollbacks ?? [];
      assert.deepEqual(more, []);
      assert.deepEqual(
        [rollback?.imageId, rollback?.source, rollback?.dataLost, rollback?.outcome],
        [DEFAULT_IMAGE_ID, 'former-image', true, 'done'],
      );
      assert.equal(lane.cloud.vm(lane.instanceId).imageId, DEFAULT_IMAGE_ID);
      assert.equal(lane.cloud.vm(lane.instanceId).status, 'running');
      assert.equal(lane.cloud.journal.effective('rebuildInstance'), 2);
      assert.ok(result.timeline.some(({ phase }) => phase === 'rolling-back'));
      assertTold(lane, result);
    }));

  it('tells both stories when the rollback fails too', () =>
    inLane(SLOW_START, async (lane) => {
      const result = await outcomeOf(await run(lane, { onFailure: 'rollback' }, startFails('always')));

      assert.deepEqual([result.outcome, result.failure?.type], ['failed', 'RollbackFailed']);
      assert.deepEqual(typesOf(result), ['StartRefused', 'StartRefused']);
      assert.equal(result.rollbacks?.[0]?.outcome, 'failed');
      assert.equal(lane.cloud.journal.effective('rebuildInstance'), 2, 'one rebuild, one rollback');
      assertTold(lane, result);
    }));

  const LEFT: readonly {
    name: string;
    type: FailureType;
    fault: FaultRule;
    lane?: LaneOptions;
    request?: Partial<RebuildRequestInput>;
    /** Nobody can tell whether the VM was started. */
    isUnknown?: true;
  }[] = [
    {
      name: 'a rebuild onto the same image',
      type: 'StartRefused',
      fault: startFails(),
      lane: SLOW_START,
      request: { imageId: DEFAULT_IMAGE_ID },
    },
    {
      name: 'a VM that kept its image',
      type: 'RebuildNotApplied',
      fault: { operation: 'rebuildInstance', kind: { outcome: 'stays-old' } },
    },
    {
      name: 'a VM for which there is no stock',
      type: 'OutOfStock',
      fault: {
        operation: 'startInstance',
        kind: { status: 400, code: 'FAILED_PRECONDITION', message: "InstanceType 'x' is out of stock", when: 'before' },
      },
    },
    { name: 'a VM in error', type: 'VmInError', fault: { operation: 'rebuildInstance', kind: { outcome: 'error' } } },
    {
      name: 'a VM that kept its image, with a backup at hand',
      type: 'RebuildNotApplied',
      fault: { operation: 'rebuildInstance', kind: { outcome: 'stays-old' } },
      request: { backup: 'image' },
    },
    {
      name: 'a VM whose start JD Cloud does not answer until the deadline',
      type: 'DeadlineExceeded',
      fault: { operation: 'startInstance', times: 'always', kind: { status: 503, when: 'before' } },
      request: { deadlines: { startingSeconds: 5 } },
      isUnknown: true,
    },
    {
      name: 'at the deadline of its hold, a VM that kept its image',
      type: 'RebuildNotApplied',
      fault: { operation: 'rebuildInstance', kind: { outcome: 'stays-old' } },
      request: { onFailure: 'hold', hold: { deadlineSeconds: 5, atDeadline: 'rollback' } },
    },
    {
      name: 'a rebuild of which nobody knows whether it landed',
      type: 'RebuildOutcomeUnknown',
      fault: { operation: 'rebuildInstance', kind: { drop: 'after' } },
      lane: {
        overrides: { metadata: Array.from({ length: 40 }, (_, index) => ({ key: `key-${index}`, value: 'v' })) },
        assumptions: { diskIdChanges: 'never' },
        timing: { rebuilding: 100, acceptedVisibleAfter: 0 },
      },
      request: { imageId: DEFAULT_IMAGE_ID },
    },
  ];
  for (const { name, type, fault, lane: options = {}, request = {}, isUnknown = false } of LEFT)
    it(`leaves ${name} alone, and says why`, () =>
      inLane(options, async (lane) => {
        const result = await outcomeOf(await run(lane, { onFailure: 'rollback', ...request }, fault));

        assert.deepEqual([result.outcome, result.failure?.type], ['failed', type], result.failure?.message);
        assert.equal(lane.cloud.journal.effective('rebuildInstance'), 1, 'no second erase');
        assert.ok(result.warnings.some(({ code }) => code === 'not-rolled-back'));
        assert.equal(result.rollbacks, undefined);
        if (isUnknown) assert.equal(result.power.after, null);
        else assertTold(lane, result);
      }));

  it('gives up on a VM that is gone', () =>
    inLane({}, async (lane) => {
      const fault = { operation: 'rebuildInstance', kind: { outcome: 'disappears' } } as const;
      const result = await outcomeOf(await run(lane, { onFailure: 'rollback' }, fault));

      assert.equal(result.failure?.type, 'VmDeleted');
      assert.equal(result.rollbacks, undefined);
    }));
});
