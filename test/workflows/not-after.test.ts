import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { eventually } from '../fixtures/eventually.js';
import { holdTransition } from '../fixtures/hold-transition.js';
import { inLane, type Lane } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';

const at = (fromNowMs: number) => new Date(Date.now() + fromNowMs).toISOString();

/** What was done to the VM, and what it is in. */
function touches({ cloud, instanceId }: Lane) {
  const { status, imageId } = cloud.vm(instanceId);
  const erases = cloud.journal.effective('rebuildInstance', instanceId);
  return { stops: cloud.journal.effective('stopInstance', instanceId), erases, status, imageId };
}

describe('a rebuild that is not to begin after a moment', { concurrency: 3 }, () => {
  it('given that the moment is over, then nothing is touched', () =>
    inLane({}, async (lane) => {
      const notAfter = { begin: at(-1_000), erase: at(600_000) };
      const { failure } = await lane.worker.execute(requestFor(lane.instanceId, { imageId: OTHER_IMAGE_ID, notAfter }));

      assert.equal(failure?.type, 'WindowClosed');
      assert.deepEqual(touches(lane), { stops: 0, erases: 0, status: 'running', imageId: DEFAULT_IMAGE_ID });
    }));

  it('given that its stop outlasts the moment of the last erase, then nothing is erased, and it runs again', () =>
    inLane({}, async (lane) => {
      const stopping = holdTransition(lane.cloud, 'stopInstance');
      const notAfter = { begin: at(15_000), erase: at(15_000) };
      const handle = await lane.worker.start(requestFor(lane.instanceId, { imageId: OTHER_IMAGE_ID, notAfter }));
      await stopping.reached();
      await eventually('its moment is over', () => Date.now() > Date.parse(notAfter.erase));
      stopping.release();
      const { failure } = await outcomeOf(handle);

      assert.equal(failure?.type, 'WindowClosed', failure?.message);
      assert.deepEqual(touches(lane), { stops: 1, erases: 0, status: 'running', imageId: DEFAULT_IMAGE_ID });
    }));

  it('given that its moments are to come, then it is done as any other', () =>
    inLane({}, async (lane) => {
      const notAfter = { begin: at(600_000), erase: at(600_000) };
      const handle = await lane.worker.start(requestFor(lane.instanceId, { imageId: OTHER_IMAGE_ID, notAfter }));

      assert.equal((await outcomeOf(handle)).outcome, 'done');
      assert.equal(touches(lane).erases, 1);
    }));
});
