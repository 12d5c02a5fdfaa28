import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Decision, Held } from '../../contracts/decision.js';
import type { FailureType } from '../../contracts/failures.js';
import { DECIDE_UPDATE, PROGRESS_QUERY } from '../../contracts/names.js';
import { RebuildProgress } from '../../contracts/rebuild-progress.js';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID } from '../../simulator/builders.js';
import type { FaultRule } from '../../simulator/fault-rule.js';
import { eventually } from '../support/eventually.js';
import { inLane, type Lane, type LaneOptions } from '../support/lane.js';
import { outcomeOf } from '../support/outcome.js';
import { requestFor } from '../support/requests.js';

/** So slow that each passing status is seen. */
const SLOW_START: LaneOptions = { timing: { starting: 100_000 } };

/** The VM comes back from its rebuild, and then does not start. */
const startFails = (times: FaultRule['times'] = 1): FaultRule => ({
  operation: 'startInstance',
  times,
  kind: { outcome: 'reverts' },
});

const typesOf = ({ failures }: RebuildResult) => failures?.map(({ type }) => type);

/** What must hold however a rebuild ended: the result names the state that the cloud is in. */
function assertTold({ cloud, instanceId }: Lane, result: RebuildResult): void {
  const { status, imageId } = cloud.vm(instanceId);
  assert.deepEqual([result.power.after, result.imageAfter], [status, imageId], 'the result names what the VM is in');
}

function run(lane: Lane, request: Partial<RebuildRequestInput>, ...faults: readonly FaultRule[]) {
  for (const fault of faults) lane.cloud.addFault({ ...fault, instanceId: lane.instanceId });
  return lane.worker.start(requestFor(lane.instanceId, { imageId: OTHER_IMAGE_ID, ...request }));
}

async function heldOf(handle: WorkflowHandle): Promise<Held | null> {
  return RebuildProgress.parse(await handle.query(PROGRESS_QUERY)).held ?? null;
}

async function untilHeld(handle: WorkflowHandle): Promise<Held> {
  let held: Held | null = null;
  await eventually('it is held', async () => (held = await heldOf(handle)) !== null);
  assert.ok(held);
  return held;
}

function decide(handle: WorkflowHandle, decision: Decision['decision']) {
  return handle.executeUpdate(DECIDE_UPDATE, { args: [{ decision, reason: 'seen in the console', by: 'ana' }] });
}

async function refusalOf(deciding: Promise<unknown>): Promise<string | null | undefined> {
  const error = await deciding.then(
    () => assert.fail('it was taken'),
    (refused: unknown) => refused,
  );
  assert.ok(error instanceof WorkflowUpdateFailedError, String(error));
  assert.ok(error.cause instanceof ApplicationFailure);
  return error.cause.type;
}

describe('onFailure rollback', { concurrency: 2 }, () => {
  it('puts a VM that does not start back onto its former image, and says that data is lost', () =>
    inLane(SLOW_START, async (lane) => {
      const result = await outcomeOf(await run(lane, { onFailure: 'rollback' }, startFails()));

      assert.deepEqual([result.outcome, result.failure?.type], ['failed', 'RolledBack'], result.failure?.message);
      assert.deepEqual(typesOf(result), ['StartRefused']);
      const [rollback, ...more] = result.rollbacks ?? [];
      assert.deepEqual(more, []);
      assert.deepEqual(
        [rollback?.imageId, rollback?.from, rollback?.dataLost, rollback?.outcome],
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

describe('onFailure hold', { concurrency: 2 }, () => {
  it('keeps the lock, takes one decision, and drives the VM on without another erase', () =>
    inLane(SLOW_START, async (lane) => {
      const handle = await run(lane, { onFailure: 'hold' }, startFails());
      assert.equal(await refusalOf(decide(handle, 'accept')), 'DecisionRefused', 'before it is held');
      const held = await untilHeld(handle);
      assert.equal(held.why.type, 'StartRefused');
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
      await eventually('the rollback has failed', async () => (await heldOf(handle))?.why.type === 'RollbackFailed');
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
      const handle = await run(lane, { onFailure: 'hold' }, startFails());
      await lane.cloud.waitFor(({ vm }) => vm(lane.instanceId).status === 'starting', 20_000);
      await handle.cancel();
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
      await eventually('the rollback is refused', async () => (await heldOf(handle))?.why.type === 'RollbackFailed');
      await decide(handle, 'give-up');
      const result = await outcomeOf(handle);

      assert.deepEqual(typesOf(result), ['StartRefused', 'ChangedUnderneath']);
      assert.equal(cloud.journal.effective('rebuildInstance'), 1, 'ours alone');
    }));

  it('can be rolled back a second time, when the first ended on the backup and failed', () =>
    inLane(SLOW_START, async (lane) => {
      const handle = await run(lane, { onFailure: 'hold', backup: 'image' }, startFails(2));
      await untilHeld(handle);
      await decide(handle, 'rollback');
      await eventually('the rollback has failed', async () => (await heldOf(handle))?.why.type === 'RollbackFailed');
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
