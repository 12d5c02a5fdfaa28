import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OPERATION_MARKER_KEY } from '../../../contracts/names.js';
import { RebuildRequest } from '../../../contracts/rebuild-request.js';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import { startSimulator } from '../../../simulator/start-simulator.js';
import { defer } from '../../fixtures/defer.js';
import { requestFor } from '../../fixtures/requests.js';
import { runOn, target, VM } from './one-attempt.js';

describe('the rebuild call of a run that was reset', () => {
  it('reports that the VM was rebuilt before, also where its first attempt could not read the VM', async (t) => {
    const metadata = [{ key: OPERATION_MARKER_KEY, value: target.marker }];
    const images = [DEFAULT_IMAGE_ID, OTHER_IMAGE_ID].map((id) => image(id));
    const rebuilt = vm(VM.instanceId, 'stopped', { metadata, imageId: OTHER_IMAGE_ID });
    const cloud = await startSimulator({ compress: 1000, state: region({ vms: [rebuilt], images }) });
    defer(t, () => cloud.close());
    const request = RebuildRequest.parse(requestFor(VM.instanceId, { imageId: OTHER_IMAGE_ID }));
    const input = { request, target: { ...target, isRerun: true } };
    cloud.addFault({ operation: 'describeInstances', kind: { status: 503, when: 'before' } });
    let heartbeatDetails: unknown;

    await assert.rejects(
      runOn(t, cloud, {
        run: (activities) => activities.rebuildInstance(input),
        info: { attempt: 1 },
        onHeartbeat: (details) => void (heartbeatDetails = details),
      }),
      { type: 'JdCloudUnavailable', nonRetryable: false },
    );
    const report = await runOn(t, cloud, {
      run: (activities) => activities.rebuildInstance(input),
      info: { attempt: 2, heartbeatDetails },
    });

    assert.deepEqual([report.landed, report.wasThere], ['yes', true]);
    assert.equal(cloud.journal.calls({ operation: 'rebuildInstance' }).length, 0);
  });
});
