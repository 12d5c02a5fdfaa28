import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { DECIDE_UPDATE } from '../../contracts/names.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { eventually } from '../fixtures/eventually.js';
import { holdTransition } from '../fixtures/hold-transition.js';
import { inLane } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';
import { saw } from './interference/moments.js';
import {
  assertTold,
  decide,
  heldOf,
  refusalOf,
  run,
  SLOW_START,
  startFails,
  typesOf,
  untilHeld,
} from './way-out-run.js';

describe('onFailure hold', { concurrency: 2 }, () => {
  it('keeps the lock, takes one decision, and drives the VM on without another erase', () =>
    inLane(SLOW_START, async (lane) => {
      const stopping = holdTransition(lane.cloud, 'stopInstance');
      const handle = await run(lane, { onFailure: 'hold' }, startFails());
      assert.equal(await refusalOf(decide(handle, 'accept')), 'DecisionRefused', 'before it is held');
      await stopping.reached();
      stopping.release();
      const held = await untilHeld(handle);
      assert.equal(held.failure.type, 'StartRefused');
      assert.deepEqual(held.choices, ['retry', 'rollback', 'accept', 'give-up']);
      await assert.rejects(
        lane.worker.start(requestFor(lane.instanceId)),
        WorkflowExecutionAlreadyStartedError,
        'the lock is held',
      );
      const nonsense = handle.executeUpdate(DECIDE_UPDATE, { args: [{ decision: 'format', reason: '', by: null }] });
      assert.equal(await refusalOf(nonsense), 'InvalidInput');
      assert.ok(await heldOf(handle), 'nonsense decides nothing');

      await decide(handle, 'retry');
      const result = await outcomeOf(handle);

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.deepEqual(typesOf(result), ['StartRefused']);
      assert.deepEqual(
        result.decisions?.map(({ decision, by, reason }) => [decision, by, reason]),
        [['retry', 'ana', 'seen in the console']],
      );
      assert.equal(lane.cloud.journal.effective('rebuildInstance'), 1);
      assert.equal(lane.cloud.vm(lane.instanceId).status, 'running');
      assertTold(lane, result);
    }));

  it('holds again when the retry fails, and rolls back when told to', () =>
    inLane(SLOW_START, async (lane) => {
      const handle = await run(lane, { onFailure: 'hold' }, startFails(2));
      const first = await untilHeld(handle);
      await decide(handle, 'retry');
      await eventually('it is held anew', async () => {
        const held = await heldOf(handle);
        return held !== null && held.since !== first.since;
      });
      await decide(handle, 'rollback');
      const result = await outcomeOf(handle);

      assert.equal(result.failure?.type, 'RolledBack', result.failure?.message);
      assert.deepEqual(typesOf(result), ['StartRefused', 'StartRefused']);
      assert.equal(lane.cloud.journal.effective('rebuildInstance'), 2);
      assert.equal(result.imageAfter, DEFAULT_IMAGE_ID);
      assertTold(lane, result);
    }));

  it('goes on from where a failed rollback is when told to retry', () =>
    inLane(SLOW_START, async (lane) => {
      const handle = await run(lane, { onFailure: 'hold' }, startFails(2));
      await untilHeld(handle);
      await decide(handle, 'rollback');
      await eventually(
        'the rollback has failed',
        async () => (await heldOf(handle))?.failure.type === 'RollbackFailed',
      );
      await decide(handle, 'retry');
      const result = await outcomeOf(handle);

      assert.equal(result.failure?.type, 'RolledBack', result.failure?.message);
      assert.equal(result.rollbacks?.[0]?.outcome, 'done');
      assert.equal(lane.cloud.journal.effective('rebuildInstance'), 2);
      assertTold(lane, result);
    }));

  it('ends as done when the VM is accepted as it is, with the failure on the record', () =>
    inLane(SLOW_START, async (lane) => {
      const handle = await run(lane, { onFailure: 'hold' }, startFails());
      await untilHeld(handle);
      await decide(handle, 'accept');
      const result = await outcomeOf(handle);

      assert.equal(result.outcome, 'done');
      assert.deepEqual(typesOf(result), ['StartRefused']);
      assert.ok(result.warnings.some(({ code }) => code === 'accepted'));
      assertTold(lane, result);
    }));

  it('ends as failed when it is given up', () =>
    inLane(SLOW_START, async (lane) => {
      const handle = await run(lane, { onFailure: 'hold' }, startFails());
      await untilHeld(handle);
      await decide(handle, 'give-up');
      const result = await outcomeOf(handle);

      assert.deepEqual([result.outcome, result.failure?.type], ['failed', 'StartRefused']);
      assertTold(lane, result);
    }));

  it('ends with a cancellation as if given up', () =>
    inLane(SLOW_START, async (lane) => {
      const handle = await run(lane, { onFailure: 'hold' }, startFails());
      await untilHeld(handle);
      await handle.cancel();
      const result = await outcomeOf(handle);

      assert.deepEqual([result.outcome, result.failure?.type], ['failed', 'StartRefused']);
      assert.deepEqual([result.decisions?.[0]?.decision, result.decisions?.[0]?.by], ['give-up', null]);
    }));

  it('at its deadline rolls back once, unattended, and then gives up', () =>
    inLane(SLOW_START, async (lane) => {
      const hold = { deadlineSeconds: 5, atDeadline: 'rollback' } as const;
      const result = await outcomeOf(await run(lane, { onFailure: 'hold', hold }, startFails('always')));

      assert.equal(result.failure?.type, 'RollbackFailed');
      assert.deepEqual(
        result.decisions?.map(({ decision, by }) => [decision, by]),
        [
          ['rollback', null],
          ['give-up', null],
        ],
      );
      assert.equal(lane.cloud.journal.effective('rebuildInstance'), 2);
    }));

  for (const [image, imageId] of [
    ['the image that it has', DEFAULT_IMAGE_ID],
    ['another image', OTHER_IMAGE_ID],
  ] as const)
    it(`accepts at its deadline no VM whose rebuild onto ${image} may have left the old disk`, () =>
      inLane({}, async (lane) => {
        const hold = { deadlineSeconds: 12, atDeadline: 'accept' } as const;
        const staysOld = { operation: 'rebuildInstance', kind: { outcome: 'stays-old' } } as const;
        const handle = await run(lane, { onFailure: 'hold', hold, imageId }, staysOld);
        const { atDeadline } = await untilHeld(handle);
        const result = await outcomeOf(handle);

        assert.deepEqual([atDeadline, result.outcome], ['give-up', 'failed'], result.failure?.message);
        assert.equal(lane.cloud.journal.effective('rebuildInstance'), 1);
      }));

  it('lasts until its deadline, by the clock of the server, when nobody decides', () =>
    inLane(SLOW_START, async (lane) => {
      const hold = { deadlineSeconds: 5, atDeadline: 'give-up' } as const;
      const handle = await run(lane, { onFailure: 'hold', hold }, startFails());
      const { timeline, decisions } = await outcomeOf(handle);
      const { closeTime } = await handle.describe();

      const since = timeline.find(({ phase }) => phase === 'held')?.startedAt ?? '';
      assert.deepEqual(
        decisions?.map(({ decision, by }) => [decision, by]),
        [['give-up', null]],
      );
      const heldMs = Number(closeTime) - Date.parse(since);
      assert.ok(heldMs >= hold.deadlineSeconds * 1000, `it was held for ${heldMs} ms`);
    }));

  it('is decided by a decision for this hold, not for one that is over', () =>
    inLane(SLOW_START, async (lane) => {
      const handle = await run(lane, { onFailure: 'hold' }, startFails());
      await untilHeld(handle);
      const decision = { decision: 'accept', reason: 'late', by: 'ana', heldSince: new Date(0).toISOString() };
      const late = handle.executeUpdate(DECIDE_UPDATE, { args: [decision] });
      assert.equal(await refusalOf(late), 'DecisionRefused');
      await decide(handle, 'give-up');
      await outcomeOf(handle);
    }));

  it('keeps on although it was cancelled before, when that came too late', () =>
    inLane(SLOW_START, async (lane) => {
      const starting = holdTransition(lane.cloud, 'startInstance');
      const handle = await run(lane, { onFailure: 'hold' });
      await starting.reached();
      await lane.cloud.waitFor(() => saw('starting', 'startInstance')(lane), 120_000);
      await handle.cancel();
      // JD Cloud gives the start up.
      lane.cloud.act.setStatus(lane.instanceId, 'stopped');
      await untilHeld(handle);
      await decide(handle, 'retry');
      const result = await outcomeOf(handle);

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.ok(result.warnings.some(({ code }) => code === 'cancel-too-late'));
    }));

  it('does not undo what somebody has mended by hand meanwhile', () =>
    inLane(SLOW_START, async (lane) => {
      const { cloud, instanceId } = lane;
      const handle = await run(lane, { onFailure: 'hold' }, startFails());
      await untilHeld(handle);
      cloud.act.rebuild(instanceId, DEFAULT_IMAGE_ID);
      await eventually('it is rebuilt by hand', () => cloud.vm(instanceId).imageId === DEFAULT_IMAGE_ID);
      await decide(handle, 'rollback');
      await eventually(
        'the rollback is refused',
        async () => (await heldOf(handle))?.failure.type === 'RollbackFailed',
      );
      await decide(handle, 'give-up');
      const result = await outcomeOf(handle);

      assert.deepEqual(typesOf(result), ['StartRefused', 'ConcurrentChange']);
      assert.equal(cloud.journal.effective('rebuildInstance'), 1, 'ours alone');
    }));

  it('can be rolled back a second time, when the first ended on the backup and failed', () =>
    inLane(SLOW_START, async (lane) => {
      const handle = await run(lane, { onFailure: 'hold', backup: 'image' }, startFails(2));
      await untilHeld(handle);
      await decide(handle, 'rollback');
      await eventually(
        'the rollback has failed',
        async () => (await heldOf(handle))?.failure.type === 'RollbackFailed',
      );
      await decide(handle, 'rollback');
      const result = await outcomeOf(handle);

      assert.equal(result.failure?.type, 'RolledBack', result.failure?.message);
      assert.deepEqual(
        result.rollbacks?.map(({ outcome }) => outcome),
        ['failed', 'done'],
      );
      assert.equal(lane.cloud.journal.effective('rebuildInstance'), 3);
    }));

  it('offers no rollback where there is nothing to roll back to', () =>
    inLane(SLOW_START, async (lane) => {
      const handle = await run(lane, { onFailure: 'hold', imageId: DEFAULT_IMAGE_ID }, startFails());
      const held = await untilHeld(handle);
      assert.deepEqual(held.choices, ['retry', 'accept', 'give-up']);
      assert.equal(await refusalOf(decide(handle, 'rollback')), 'DecisionRefused');
      await decide(handle, 'retry');
      const result = await outcomeOf(handle);
      assert.equal(result.outcome, 'done', result.failure?.message);
    }));
});
