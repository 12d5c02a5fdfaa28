import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { ReimageUnreachableError, type Held, type ReimageClient } from '../../client/index.js';
import { eventually } from '../support/eventually.js';
import { standIn } from './stand-in/set-up.js';
import { endStandIn, holdStandIn } from './stand-in/worker.js';

const HELD: Held = {
  since: '2026-11-24T06:00:00.000Z',
  deadlineAt: '2026-11-25T06:00:00.000Z',
  atDeadline: 'give-up',
  why: { type: 'HealthCheckFailed', message: 'no answer' },
  choices: ['retry', 'rollback', 'accept', 'give-up'],
};

/** A region that no other test uses: prune asks all that is under way in it. */
const ownRegion = () => `cn-test-${randomInt(1, 1_000_000_000)}`;

async function sparedIn(reimage: ReimageClient, regionId: string): Promise<string[]> {
  const { kept } = await reimage.pruneBackups({ regionId, keep: 1, spare: ['img-mine'] });
  return kept.map(({ imageId }) => imageId).toSorted();
}

describe('prune', () => {
  it('spares what a held rebuild has made, put on and taken off its VM', async (t) => {
    const regionId = ownRegion();
    const { client, reimage, request } = await standIn(t, { regionId });
    const operation = await reimage.start({ ...request, imageId: 'img-new' });
    await holdStandIn(client, operation, HELD);
    await eventually('the index tells of the backup', async () =>
      (await sparedIn(reimage, regionId)).includes('img-backup'),
    );
    assert.deepEqual(await sparedIn(reimage, regionId), ['img-backup', 'img-mine', 'img-new', 'img-old']);
    await endStandIn(client, operation, 'VmInError');
    await reimage.wait(operation);
    await eventually('the index tells of the end', async () => (await sparedIn(reimage, regionId)).length === 1);
  });

  it('deletes nothing while a rebuild past its erase does not tell what its VM had', async (t) => {
    const regionId = ownRegion();
    const [held, other] = [await standIn(t, { regionId }), await standIn(t, { regionId })];
    const operation = await held.reimage.start(held.request);
    await eventually(
      'the index tells of the rebuild',
      async () => (await held.reimage.list({ regionId })).length === 1,
    );
    await holdStandIn(held.client, operation, HELD);
    await eventually('it is held', async () => (await held.reimage.get(operation)).phase === 'held');
    await held.worker.stop();
    await assert.rejects(sparedIn(other.reimage, regionId), (error) => {
      return (
        error instanceof ReimageUnreachableError && /^Nothing was deleted: .*no worker answered/.test(error.message)
      );
    });
  });

  it('is not kept from it by one that has erased nothing yet', async (t) => {
    const regionId = ownRegion();
    const [waiting, other] = [await standIn(t, { regionId }), await standIn(t, { regionId })];
    await waiting.worker.stop();
    await waiting.reimage.start({ ...waiting.request, imageId: 'img-new' });
    await eventually(
      'the index tells of the rebuild',
      async () => (await other.reimage.list({ regionId })).length === 1,
    );
    assert.deepEqual(await sparedIn(other.reimage, regionId), ['img-mine', 'img-new']);
  });
});
