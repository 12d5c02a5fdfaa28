import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { PROGRESS_QUERY } from '../../contracts/names.js';
import { RebuildProgress } from '../../contracts/rebuild-progress.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { eventually } from '../fixtures/eventually.js';
import { inLane, type Lane, laneAlone } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';

const requestOf = ({ instanceId }: Lane, overrides = {}) =>
  requestFor(instanceId, { imageId: OTHER_IMAGE_ID, backup: 'image', ...overrides });

/** What was asked of JD Cloud and taken, in order. */
function changesAsked({ cloud, instanceId }: Lane): string[] {
  return cloud.journal
    .calls({ instanceId })
    .filter(({ operation, httpStatus }) => !operation.startsWith('describe') && httpStatus === 200)
    .map(({ operation }) => operation);
}

async function progressOf(handle: WorkflowHandle): Promise<RebuildProgress> {
  return RebuildProgress.parse(await handle.query(PROGRESS_QUERY));
}

const STUCK = { operation: 'createImage', kind: { outcome: 'stuck' } } as const;

describe('backup image', { concurrency: 3 }, () => {
  it('is made of the stopped VM before the erase, told in the result and found by its search attribute', () =>
    inLane({}, async (lane) => {
      const handle = await lane.worker.start(requestOf(lane));
      const result = await outcomeOf(handle);

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.deepEqual(changesAsked(lane), ['stopInstance', 'createImage', 'rebuildInstance', 'startInstance']);
      assert.deepEqual([result.backup?.status, result.backup?.dataDisks], ['ready', false]);
      const { typedSearchAttributes } = await handle.describe();
      assert.equal(typedSearchAttributes.get(SEARCH_ATTRIBUTE.backup), result.backup?.imageId);
      assert.ok(result.timeline.some(({ phase }) => phase === 'backing-up'));
    }));

  it('that ends in error: no erase, and the VM runs again', () =>
    inLane({}, async (lane) => {
      lane.cloud.addFault({ operation: 'createImage', kind: { outcome: 'error' } });
      const result = await lane.worker.execute(requestOf(lane));

      assert.equal(result.failure?.type, 'BackupFailed', result.failure?.message);
      assert.deepEqual(changesAsked(lane), ['stopInstance', 'createImage', 'startInstance']);
      assert.equal(lane.cloud.vm(lane.instanceId).status, 'running');
      assert.ok(result.backup?.imageId, 'the broken image can be found');
    }));

  it('that is not ready in time: no erase, and the VM runs again once its image lets it', () =>
    inLane({}, async (lane) => {
      lane.cloud.addFault(STUCK);
      const handle = await lane.worker.start(requestOf(lane, { deadlines: { backingUpSeconds: 10 } }));
      await eventually(
        'the power is to be restored',
        async () => (await progressOf(handle)).phase === 'restoring-power',
      );
      const refused = () => lane.cloud.journal.calls({ operation: 'startInstance' }).length;
      await eventually('a start has been refused', () => refused() > 0);
      lane.cloud.act.release(lane.instanceId);
      const result = await outcomeOf(handle);

      assert.equal(result.failure?.type, 'DeadlineExceeded', result.failure?.message);
      assert.equal(lane.cloud.journal.effective('rebuildInstance'), 0);
      assert.equal(lane.cloud.vm(lane.instanceId).status, 'running');
    }));

  it('cancelled while it is made: the image is made to its end, no erase, and the VM runs again', () =>
    inLane({}, async (lane) => {
      lane.cloud.addFault(STUCK);
      const handle = await lane.worker.start(requestOf(lane));
      await eventually('the image is under way', async () => (await progressOf(handle)).backupImageId !== null);
      await handle.cancel();
      await eventually('it is noted', async () => (await progressOf(handle)).cancelRequestedAt !== null);
      lane.cloud.act.release(lane.instanceId);
      const result = await outcomeOf(handle);

      assert.equal(result.outcome, 'cancelled');
      assert.deepEqual(changesAsked(lane), ['stopInstance', 'createImage', 'startInstance']);
      assert.equal(lane.cloud.vm(lane.instanceId).status, 'running');
      assert.equal(result.backup?.status, 'ready');
    }));

  it('is what the VM is put back from, with the login inside it, and no data is lost', () =>
    inLane({ timing: { starting: 100_000 } }, async (lane) => {
      lane.cloud.addFault({ operation: 'startInstance', kind: { outcome: 'reverts' } });
      const result = await lane.worker.execute(requestOf(lane, { onFailure: 'rollback' }));

      assert.equal(result.failure?.type, 'RolledBack', result.failure?.message);
      const [rollback] = result.rollbacks ?? [];
      assert.deepEqual([rollback?.source, rollback?.dataLost, rollback?.outcome], ['backup', false, 'done']);
      assert.equal(lane.cloud.vm(lane.instanceId).imageId, result.backup?.imageId);
      assert.equal(lane.cloud.vm(lane.instanceId).status, 'running');
      const [, back] = lane.cloud.journal.calls({ operation: 'rebuildInstance' });
      assert.deepEqual(
        [back?.params['imageInherit'], back?.params['keyNames'], back?.params['imageId']],
        ['yes', undefined, result.backup?.imageId],
      );
    }));

  it('that the VM was put back onto outlives the next rebuild, whatever retention says', async (t) => {
    const lane = await laneAlone(t);
    const first = await lane.worker.execute(requestOf(lane));
    const onto = first.backup?.imageId;
    const back = { backup: 'none', imageId: onto, imageInherit: 'yes', keyNames: undefined } as const;
    await lane.worker.execute(requestOf(lane, back));
    const second = await lane.worker.execute(requestOf(lane, { keepBackups: 1 }));
    const third = await lane.worker.execute(requestOf(lane, { keepBackups: 1, imageId: DEFAULT_IMAGE_ID }));

    assert.deepEqual([second.outcome, second.imageBefore], ['done', onto], second.failure?.message);
    assert.deepEqual(second.backup?.pruned, []);
    assert.deepEqual(third.backup?.pruned, [onto, second.backup?.imageId], 'the next one clears up');
  });

  it('outlives its rebuild, until retention deletes it', async (t) => {
    const lane = await laneAlone(t);
    const first = await lane.worker.execute(requestOf(lane));
    const second = await lane.worker.execute(requestOf(lane, { keepBackups: 1 }));

    assert.equal(second.outcome, 'done', second.failure?.message);
    assert.notEqual(second.backup?.imageId, first.backup?.imageId);
    assert.deepEqual(second.backup?.pruned, [first.backup?.imageId]);
    assert.deepEqual(
      lane.cloud.journal.calls({ operation: 'deleteImage' }).map(({ httpStatus }) => httpStatus),
      [200],
    );
  });
});
