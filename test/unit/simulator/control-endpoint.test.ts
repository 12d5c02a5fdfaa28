import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'node:test';
import { OTHER_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import type { Simulator } from '../../../simulator/start-simulator.js';
import { assertHolds } from './support/assert-holds.js';
import { act } from './support/signed-call.js';
import { simulatorFor } from './support/simulator-for-test.js';

const ID = 'i-aaaaaaaaaa';
const state = region({ vms: [vm(ID, 'running')] });

async function control(simulator: Simulator, method: string, path: string, body?: unknown) {
  const response = await fetch(`${simulator.endpoint}/_control/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const answer: unknown = await response.json();
  return { status: response.status, answer };
}

describe('control endpoint', () => {
  it('gives the journal and clears it', async (t) => {
    const simulator = await simulatorFor(t, { state });
    await act(simulator, ID, 'startInstance');
    const before = await control(simulator, 'GET', 'journal');
    await control(simulator, 'DELETE', 'journal');
    const after = await control(simulator, 'GET', 'journal');

    assertHolds(before.answer, { entries: [{ kind: 'call', operation: 'startInstance', httpStatus: 400 }] });
    assert.deepEqual(after.answer, { entries: [] });
  });

  it('takes faults, one or a list, shows them and clears them', async (t) => {
    const simulator = await simulatorFor(t, { state });
    await control(simulator, 'POST', 'faults', { operation: 'stopInstance', kind: { status: 503 } });
    await control(simulator, 'POST', 'faults', [{ operation: '*', times: 'always', kind: { status: 500 } }]);
    const shown = await control(simulator, 'GET', 'faults');
    const struck = [
      (await act(simulator, ID, 'stopInstance')).status,
      (await act(simulator, ID, 'stopInstance')).status,
    ];
    await control(simulator, 'DELETE', 'faults');

    assertHolds(shown.answer, { faults: [{ operation: 'stopInstance' }, { operation: '*' }] });
    assert.deepEqual(struck, [503, 500]);
    assert.equal((await act(simulator, ID, 'stopInstance')).status, 200);
  });

  it('gives the state', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const { answer } = await control(simulator, 'GET', 'state');

    assertHolds(answer, {
      regionId: 'cn-north-1',
      vms: [{ instanceId: ID, status: 'running', task: null, hasPassword: false, passwordSha256: undefined }],
    });
  });

  it('acts as somebody else', async (t) => {
    const simulator = await simulatorFor(t, { state });
    await control(simulator, 'POST', 'act', { action: 'stop', instanceId: ID });
    await simulator.waitFor(() => simulator.vm(ID).status === 'stopped');
    await control(simulator, 'POST', 'act', { action: 'rebuild', instanceId: ID, imageId: OTHER_IMAGE_ID });
    await simulator.waitFor(() => simulator.vm(ID).imageId === OTHER_IMAGE_ID);
    await control(simulator, 'POST', 'act', { action: 'setStatus', instanceId: ID, status: 'migrating' });
    await control(simulator, 'POST', 'act', { action: 'setImageStatus', imageId: OTHER_IMAGE_ID, status: 'error' });
    await control(simulator, 'POST', 'act', { action: 'removeImage', imageId: OTHER_IMAGE_ID });
    await control(simulator, 'POST', 'act', { action: 'setTags', instanceId: ID, tags: [{ key: 'env', value: 'x' }] });
    await control(simulator, 'POST', 'act', { action: 'setMetadata', instanceId: ID, metadata: [] });

    assert.deepEqual(simulator.vm(ID).metadata, []);
    assert.deepEqual(simulator.vm(ID).tags, [{ key: 'env', value: 'x' }]);

    assert.deepEqual(
      simulator.journal.changes({ by: 'console' }).map(({ to }) => to),
      ['stopping', 'stopped', 'rebuilding', 'stopped', 'migrating', 'error', 'deleted'],
    );
  });

  const refused: readonly { name: string; path: string; body: unknown; status: number; says: RegExp }[] = [
    {
      name: 'an unknown action',
      path: 'act',
      body: { action: 'explode', instanceId: ID },
      status: 400,
      says: /"action: is of no kind that is known"/,
    },
    { name: 'an unknown VM', path: 'act', body: { action: 'stop', instanceId: 'i-x' }, status: 404, says: /not found/ },
    {
      name: 'a malformed fault',
      path: 'faults',
      body: { operation: '*', kind: { status: 'x' } },
      status: 400,
      says: /"kind\.status: must be a number"/,
    },
    {
      name: 'a typo in a fault',
      path: 'faults',
      body: { operation: '*', tiems: 2, kind: { quota: true } },
      status: 400,
      says: /"tiems: unknown field, did you mean times\?"/,
    },
  ];
  for (const { name, path, body, status, says } of refused) {
    it(`refuses ${name}`, async (t) => {
      const simulator = await simulatorFor(t, { state });
      const received = await control(simulator, 'POST', path, body);

      assert.equal(received.status, status);
      assert.match(JSON.stringify(received.answer), says);
    });
  }

  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address !== undefined && address.family === 'IPv4' && !address.internal)?.address;

  it('answers only this machine', { skip: outside === undefined && 'no address but loopback' }, async (t) => {
    const simulator = await simulatorFor(t, { state, host: '0.0.0.0' });
    const url = new URL('/_control/state', simulator.endpoint);
    url.hostname = outside ?? '';
    const response = await fetch(url);

    assert.equal(response.status, 403);
    assert.match(await response.text(), /this machine only/);
  });
});
