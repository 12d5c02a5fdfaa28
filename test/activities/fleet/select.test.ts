import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { type FleetVms, selectFleetVms } from '../../../activities/fleet/select.js';
import { FleetSpec } from '../../../contracts/fleet/fleet-spec.js';
import { createVmClient } from '../../../jdcloud/vm-client.js';
import { region, vm } from '../../../simulator/model/builders.js';
import { startSimulator } from '../../../simulator/start-simulator.js';
import { SPEC } from '../../client/fleet/fleets.js';

describe('the VMs of a fleet', () => {
  it('are told, with a warning, where the schedules of the namespace cannot be looked at', async (t) => {
    const cloud = await startSimulator({ state: region({ vms: [vm('i-a1')] }) });
    t.after(() => cloud.close());
    const api = createVmClient({ endpoint: cloud.endpoint, credentials: async () => cloud.credentials });
    t.after(api.close);
    const schedulesOf = () => Promise.reject(new Error('permission denied'));
    const spec = FleetSpec.parse({ ...SPEC, select: { instanceIds: ['i-a1'] } });

    const select = () => selectFleetVms({ api, namespace: { schedulesOf } }, spec, new AbortController().signal);
    const { instanceIds, warnings } = await new MockActivityEnvironment().run<[], FleetVms, typeof select>(select);

    assert.deepEqual(instanceIds, ['i-a1']);
    assert.deepEqual(warnings, [
      {
        code: 'schedules-overlap',
        message: 'Schedules may mean the same VMs: Nobody could tell which schedules there are: permission denied',
      },
    ]);
  });
});
