import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { image, OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { defer } from '../fixtures/defer.js';
import { inLane } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { startTestWorker } from '../fixtures/worker.js';

/** The failure is of the step that went wrong; where the VM was left is where the restored power state left it. */
describe('a rebuild given up before its call, the old power state restored', { concurrency: true }, () => {
  it('names the status that the VM was left in, not the one it was in when it was given up', async (t) => {
    const instanceId = uniqueVmId();
    const images = [image('img-ubuntu2204'), image('img-brief')];
    const cloud = await startSimulator({ compress: 20, state: region({ vms: [vm(instanceId)], images }) });
    defer(t, () => cloud.close());
    const worker = await startTestWorker(t, { cloud });
    const handle = await worker.start(requestFor(instanceId, { imageId: 'img-brief' }));
    await cloud.waitFor(({ vm: look }) => look(instanceId).status === 'stopping', 120_000);
    cloud.act.removeImage('img-brief');
    const { failure, power } = await outcomeOf(handle);

    assert.equal(failure?.type, 'ValidationFailed');
    assert.equal(cloud.vm(instanceId).status, 'running');
    assert.equal(power.after, 'running');
    assert.equal(failure.state?.status, 'running');
  });

  it('names the phase whose deadline passed, and what JD Cloud answered last', () =>
    inLane({}, async ({ cloud, worker, instanceId }) => {
      cloud.addFault({ operation: 'rebuildInstance', times: 'always', kind: { status: 503, when: 'before' } });
      const request = { imageId: OTHER_IMAGE_ID, deadlines: { rebuildingSeconds: 5 } };
      const { failure } = await worker.execute(requestFor(instanceId, request));

      assert.equal(failure?.type, 'DeadlineExceeded');
      assert.doesNotMatch(failure.message, /restoring-power/);
      assert.match(failure.message, /503/);
      assert.equal(cloud.journal.effective('rebuildInstance'), 0);
      assert.equal(failure.state?.status, 'running');
    }));
});
