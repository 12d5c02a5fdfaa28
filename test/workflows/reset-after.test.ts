import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { readLiveFacts } from '../../client/connection/live-facts.js';
import { PROGRESS_QUERY } from '../../contracts/names.js';
import { RebuildProgress } from '../../contracts/rebuild-progress.js';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';
import { eventually } from '../fixtures/eventually.js';
import { holdTransition } from '../fixtures/hold-transition.js';
import { FOREIGN_IMAGE_ID, inLane, type Lane } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';
import { resetRun, type RunRef } from '../fixtures/reset-run.js';

/** Runs a rebuild to its end, has an operator reset it to its beginning, and runs it to its end again. */
async function runAndReset(lane: Lane, request: RebuildRequestInput): Promise<[RebuildResult, RebuildResult]> {
  const handle = await lane.worker.start(request);
  const before = await outcomeOf(handle);
  const again = await reset(lane, await handle.describe());
  return [before, await outcomeOf(again)];
}

async function reset({ worker: { client } }: Lane, run: RunRef): Promise<WorkflowHandle> {
  return await resetRun(client, run, 'first');
}

/** A rebuild that is done, and another one after it that has the VM in `rebuilding` until it is released. */
async function startDoneAndOther({ worker, cloud, instanceId }: Lane) {
  const { reached, release } = holdTransition(cloud, 'rebuildInstance', { skip: 1 });
  const deadlines = { rebuildingSeconds: 120 };
  const older = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID, deadlines }));
  assert.equal((await outcomeOf(older)).outcome, 'done');
  const run = await older.describe();
  const other = await worker.start(requestFor(instanceId, { imageId: FOREIGN_IMAGE_ID, deadlines }));
  await reached();
  return { older: run, other, release };
}

/** Waits until the VM was looked at a few times more. */
async function untilLookedAt({ cloud }: Lane): Promise<void> {
  const looks = () => cloud.journal.calls({ operation: 'describeBriefInstances' }).length;
  const before = looks();
  await cloud.waitFor(() => looks() > before + 2, 120_000);
}

const erased = ({ cloud }: Lane) => cloud.journal.effective('rebuildInstance');

/** So late the rebuild call takes effect. */
const ON_ITS_WAY_MS = 5_000;

/** By then nothing but the histories tells which run a reset has ended. */
const LATER_MS = 6_000;

describe('a run that an operator resets after its end', { concurrency: 3 }, () => {
  it('does not erase again what was rolled back', () =>
    inLane({ timing: { starting: 100_000 } }, async (lane) => {
      lane.cloud.addFault({ operation: 'startInstance', kind: { outcome: 'reverts' } });
      const request = requestFor(lane.instanceId, { imageId: OTHER_IMAGE_ID, onFailure: 'rollback' });
      const [before, after] = await runAndReset(lane, request);

      assert.equal(before.failure?.type, 'RolledBack', before.failure?.message);
      assert.equal(after.failure?.type, 'ValidationFailed', after.failure?.message);
      assert.equal(erased(lane), 2);
      assert.equal(lane.cloud.vm(lane.instanceId).status, 'running');
    }));

  it('makes a backup of its own, when the one before is of another day', () =>
    inLane({}, async (lane) => {
      const refused: FaultRule = {
        operation: 'rebuildInstance',
        kind: { status: 400, code: 'INVALID_ARGUMENT', when: 'before' },
      };
      lane.cloud.addFault(refused);
      const request = requestFor(lane.instanceId, { imageId: OTHER_IMAGE_ID, backup: 'image' });
      const [before, after] = await runAndReset(lane, request);

      assert.equal(before.failure?.type, 'JdCloudRefused', before.failure?.message);
      assert.equal(after.outcome, 'done', after.failure?.message);
      assert.notEqual(after.backup?.imageId, before.backup?.imageId);
      assert.equal(erased(lane), 1);
    }));

  it('makes no backup of what it has erased itself, and does not erase again', () =>
    inLane({}, async (lane) => {
      const request = requestFor(lane.instanceId, { imageId: OTHER_IMAGE_ID, backup: 'image' });
      const [before, after] = await runAndReset(lane, request);

      assert.equal(before.outcome, 'done', before.failure?.message);
      assert.equal(after.outcome, 'done', after.failure?.message);
      assert.equal(lane.cloud.journal.effective('createImage'), 1);
      assert.equal(erased(lane), 1);
    }));

  it('brings the VM of whom it has displaced to rest, though it is reset once more meanwhile', () =>
    inLane({}, async (lane) => {
      const { cloud, instanceId } = lane;
      const { older, release } = await startDoneAndOther(lane);

      const once = await reset(lane, older);
      const since = Date.now();
      await eventually('the reset is some time ago', () => Date.now() - since > LATER_MS);
      const twice = await reset(lane, await once.describe());
      await untilLookedAt(lane);
      assert.equal(cloud.vm(instanceId).status, 'rebuilding');
      release();
      const result = await outcomeOf(twice);

      assert.match(result.failure?.message ?? '', /Another operation had the VM/);
      assert.deepEqual(
        result.warnings.map(({ code }) => code),
        ['earlier-run-interrupted'],
      );
      assert.equal(cloud.vm(instanceId).status, 'running');
      assert.equal(erased(lane), 2);
    }));

  it('brings the VM to rest of whom an operator has terminated before, though that is some time ago', () =>
    inLane({}, async (lane) => {
      const { cloud, instanceId } = lane;
      const { older, other, release } = await startDoneAndOther(lane);
      await other.terminate();
      const since = Date.now();
      await eventually('the termination is some time ago', () => Date.now() - since > LATER_MS);

      const again = await reset(lane, older);
      await untilLookedAt(lane);
      release();
      const result = await outcomeOf(again);

      assert.deepEqual(
        [result.failure?.type, result.warnings.map(({ code }) => code)],
        ['ValidationFailed', ['earlier-run-interrupted']],
      );
      assert.equal(cloud.vm(instanceId).status, 'running');
      assert.equal(erased(lane), 2);
    }));

  it('is not told as cancelled where the call of the run before it comes after the look back', () =>
    inLane({ worker: { timing: { settleMs: 2 * ON_ITS_WAY_MS } } }, async (lane) => {
      const { worker, cloud, instanceId } = lane;
      cloud.addFault({ operation: 'rebuildInstance', times: 1, kind: { delayMs: ON_ITS_WAY_MS, when: 'before' } });
      const before = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
      await cloud.waitFor(() => cloud.journal.calls({ operation: 'rebuildInstance' }).length === 1, 120_000);

      const again = await reset(lane, await before.describe());
      await again.cancel();
      const result = await outcomeOf(again);

      assert.equal(erased(lane), 1);
      assert.deepEqual([result.outcome, result.imageAfter], ['done', OTHER_IMAGE_ID]);
      assert.equal(cloud.vm(instanceId).status, 'running');
    }));

  it('has its whole time for validating once it has waited for what the run before may have sent, and says so', () =>
    inLane({ worker: { timing: { settleMs: 8_000 } } }, async (lane) => {
      const { worker, cloud, instanceId } = lane;
      cloud.addFault({ operation: 'stopInstance', kind: { outcome: 'stuck' } });
      const deadlines = { validatingSeconds: 7 };
      const before = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID, deadlines }));
      await cloud.waitFor(() => cloud.vm(instanceId).status === 'stopping', 30_000);

      const again = await reset(lane, await before.describe());
      const { loadedDataConverter } = worker.client.options;
      await eventually('it says for what it waits', async () => {
        const { raw } = await again.describe();
        const { lastAnswer } = await readLiveFacts(raw.pendingActivities, loadedDataConverter);
        return lastAnswer?.includes('a call of the run before this one may be on its way') === true;
      });
      const { next } = RebuildProgress.parse(await again.query(PROGRESS_QUERY));
      // Temporal's own timeouts come up to a second late.
      cloud.addFault({ operation: 'describeImages', kind: { delayMs: 3_000, when: 'before' } });
      cloud.act.release(instanceId);
      const result = await outcomeOf(again);

      assert.match(next, /what the run before the reset has done/);
      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.equal(erased(lane), 1);
    }));

  it('names the phase that took too long, although it has brought the VM to rest since', () =>
    inLane({}, async (lane) => {
      const { worker, cloud, instanceId } = lane;
      cloud.addFault({ operation: 'stopInstance', kind: { outcome: 'stuck' } });
      const deadlines = { validatingSeconds: 5 };
      const before = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID, deadlines }));
      await cloud.waitFor(() => cloud.vm(instanceId).status === 'stopping', 30_000);

      cloud.addFault({ operation: 'describeImages', times: 'always', kind: { delayMs: 60_000, when: 'before' } });
      const again = await reset(lane, await before.describe());
      cloud.act.release(instanceId);
      const result = await outcomeOf(again);

      assert.match(result.failure?.message ?? '', /^validating did not end before its deadline/);
      assert.ok(result.timeline.some(({ phase }) => phase === 'restoring-power'));
      assert.equal(cloud.vm(instanceId).status, 'running');
    }));

  it('tells a cancellation as a failure where the VM of the run before it cannot be brought to rest', () =>
    inLane({}, async (lane) => {
      const { worker, cloud, instanceId } = lane;
      const stopping = holdTransition(cloud, 'stopInstance');
      const before = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
      await stopping.reached();

      const again = await reset(lane, await before.describe());
      await again.cancel();
      cloud.act.setStatus(instanceId, 'error');
      const result = await outcomeOf(again);

      assert.deepEqual([result.outcome, result.failure?.type], ['failed', 'VmInError']);
      assert.match(result.failure?.message ?? '', /The run before this one, .* could not be brought to rest/);
      assert.deepEqual([result.power.after, cloud.vm(instanceId).status], ['error', 'error']);
      assert.equal(erased(lane), 0);
    }));
});
