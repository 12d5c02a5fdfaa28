import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultState } from '../../../simulator/model/builders.js';
import { callBySdk } from './support/sdks/node-sdk.js';
import { act, gist } from './support/signed-call.js';
import { simulatorFor } from './support/simulator-for-test.js';

const state = defaultState();
const named = (name: string): string => state.vms.find(({ instanceName }) => instanceName === name)?.instanceId ?? '';

describe('the default region', () => {
  it('is cn-north-1 with a dozen VMs or so, the same at each start', async (t) => {
    const simulator = await simulatorFor(t);
    const { result } = await callBySdk(simulator, 'describeInstances', { pageSize: 100 });

    assert.equal(state.regionId, 'cn-north-1');
    assert.ok(state.vms.length >= 12);
    assert.equal(result?.['totalCount'], state.vms.length);
    assert.deepEqual(defaultState(), state);
  });

  it('holds every image that its VMs were made from', () => {
    const imageIds = state.images.map(({ imageId }) => imageId);
    assert.deepEqual(
      state.vms.filter(({ imageId }) => !imageIds.includes(imageId)),
      [],
    );
  });

  const rebuilds: readonly { name: string; body: object; answer: RegExp }[] = [
    { name: 'web-1', body: { keyNames: ['ops'] }, answer: /^200$/ },
    { name: 'api-1', body: { keyNames: ['deploy'] }, answer: /^200$/ },
    { name: 'cache-1', body: { keyNames: ['ops'] }, answer: /^200$/ },
    { name: 'arm-1', body: { keyNames: ['ops'] }, answer: /^200$/ },
    { name: 'office-1', body: { password: 'Instance@010' }, answer: /^200$/ },
    { name: 'legacy-1', body: { keyNames: ['ops'] }, answer: /offline/ },
    { name: 'lost-1', body: { keyNames: ['ops'] }, answer: /Invalid instance status 'error'/ },
  ];
  for (const { name, body, answer } of rebuilds) {
    it(`${name} rebuilt onto its own image: ${answer.source}`, async (t) => {
      const simulator = await simulatorFor(t);
      if (name !== 'lost-1') simulator.act.setStatus(named(name), 'stopped');

      assert.match(gist(await act(simulator, named(name), 'rebuildInstance', body)), answer);
    });
  }
});
