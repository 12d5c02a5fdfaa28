import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { region, vm } from '../../simulator/model/builders.js';
import { act } from '../simulator/support/signed-call.js';
import { simulatorFor } from '../simulator/support/simulator-for-test.js';
import { holdTransition } from './hold-transition.js';

const IDS = ['i-1', 'i-2', 'i-3', 'i-4'];

describe('holding VMs on the way', () => {
  it('given one VM to let pass and two to hold, keeps those two alone until they are released', async (t) => {
    const cloud = await simulatorFor(t, { state: region({ vms: ['i-0', ...IDS].map((id) => vm(id, 'running')) }) });
    await act(cloud, 'i-0', 'stopInstance', {});
    const statuses = () => IDS.map((id) => cloud.vm(id).status);
    const { reached, release } = holdTransition(cloud, 'stopInstance', { skip: 1, times: 2 });
    let isReached = false;
    const reaching = reached().then(() => (isReached = true));
    for (const id of IDS.slice(0, 2)) await act(cloud, id, 'stopInstance', {});
    await cloud.waitFor(() => cloud.vm('i-1').status === 'stopped');
    assert.deepEqual([isReached, statuses()], [false, ['stopped', 'stopping', 'running', 'running']]);

    for (const id of IDS.slice(2)) await act(cloud, id, 'stopInstance', {});
    await reaching;
    await cloud.waitFor(() => cloud.vm('i-4').status === 'stopped');
    assert.deepEqual(statuses(), ['stopped', 'stopping', 'stopping', 'stopped']);
    release();
    assert.deepEqual(statuses(), ['stopped', 'stopped', 'stopped', 'stopped']);
  });
});
