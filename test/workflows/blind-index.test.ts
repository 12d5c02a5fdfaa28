import assert from 'node:assert/strict';
import { before, describe, it, type TestContext } from 'node:test';
import { ReimageError, ReimageUnreachableError } from '../../client/index.js';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { type ClientLane, clientLane, REGION, untilFleetIs } from '../client/fleet/client-lane.js';
import { holdTransition } from '../fixtures/hold-transition.js';
import { requestFor } from '../fixtures/requests.js';
import { suiteScope } from '../fixtures/suite-scope.js';
import { temporalWithBlindIndex, type TestTemporal } from '../fixtures/temporal-env.js';
import { erases } from './fleet/fleet-lane.js';

describe('while the index of Temporal knows of nothing', { concurrency: 3 }, () => {
  let temporal: TestTemporal;
  const scope = suiteScope();
  before(async () => void (temporal = await temporalWithBlindIndex(scope)));

  const laneOf = (t: TestContext) => clientLane(t, { size: 1, worker: { temporal } });

  /** A fleet with a backup of its one VM, which was erased and stays `rebuilding` until it is released. */
  async function erasedByFleet(lane: ClientLane) {
    const rebuild = { keyNames: ['ops'], backup: 'image' as const };
    const { reached, release } = holdTransition(lane.cloud, 'rebuildInstance');
    const fleet = await lane.reimage.fleets.start(lane.spec({}, { rebuild }));
    await reached();
    const terminateFleet = () => temporal.client.workflow.getHandle(fleet.operationId).terminate('by hand');
    return { fleet, terminateFleet, release };
  }

  it('a request id is not used a second time, also not behind another rebuild', async (t) => {
    const lane = await laneOf(t);
    const { reimage, worker } = lane;
    const [instanceId = ''] = lane.ids;
    const request = requestFor(instanceId, { requestId: 'first' });
    await reimage.wait(await reimage.start(request));
    const again = await reimage.start(request);
    assert.equal(again.result?.outcome, 'done', 'the last one is told by its lock');

    assert.equal((await worker.execute(requestFor(instanceId))).outcome, 'done');
    await assert.rejects(reimage.start(request), (error) => {
      assert.ok(error instanceof ReimageUnreachableError, String(error));
      return /request id was used before\. Nothing was started/.test(error.message);
    });
    assert.deepEqual(erases(lane), [2]);
  });

  it('a VM whose rebuild was done after its fleet was terminated is not retried, and goes back onto its backup', async (t) => {
    const lane = await laneOf(t);
    const [instanceId = ''] = lane.ids;
    const { fleet, terminateFleet, release } = await erasedByFleet(lane);
    await terminateFleet();
    release();
    const done = await lane.reimage.wait({ regionId: REGION, instanceId });
    assert.equal(done.outcome, 'done', done.failure?.message);

    const { targets } = await lane.reimage.fleets.planRollback(fleet);
    assert.deepEqual(targets, [{ instanceId, imageId: done.backup?.imageId, from: 'backup' }]);
    await assert.rejects(lane.reimage.fleets.planRetry(fleet), (error) => {
      return error instanceof ReimageError && /has left nothing/.test(error.message);
    });
    assert.deepEqual([erases(lane), lane.cloud.vm(instanceId).imageId], [[1], OTHER_IMAGE_ID]);
  });

  it('a backup that the fleet never heard of is found by the lock', async (t) => {
    const lane = await laneOf(t);
    const [instanceId = ''] = lane.ids;
    const { fleet, terminateFleet, release } = await erasedByFleet(lane);
    await temporal.client.workflow.getHandle(`rebuild:${REGION}:${instanceId}`).terminate('by hand');
    await untilFleetIs(lane, fleet, 'it has failed', ({ summary }) => summary?.counts.failed === 1);
    await terminateFleet();
    release();
    assert.equal(lane.cloud.vm(instanceId).imageId, OTHER_IMAGE_ID);

    const { targets } = await lane.reimage.fleets.planRollback(fleet);
    assert.deepEqual(
      targets.map(({ from }) => from),
      ['backup'],
    );
  });
});
