import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { region, vm } from '../../../simulator/model/builders.js';
import { act, call, type Draft, gist } from './support/signed-call.js';
import { simulatorFor } from './support/simulator-for-test.js';

const ID = 'i-aaaaaaaaaa';
const state = region({ vms: [vm(ID, 'stopped')] });

const invalid = (text: string): string => `400 INVALID_ARGUMENT ${text}`;
const REQUESTS: readonly { name: string; draft: Draft; answer: string }[] = [
  {
    name: 'an unknown path',
    draft: { path: '/disks' },
    answer: '404 NOT_FOUND no route and no API found with those values',
  },
  {
    name: 'an unknown action',
    draft: { method: 'POST', path: `/instances/${ID}:suspendInstance`, body: '{}' },
    answer: '404 NOT_FOUND no route and no API found with those values',
  },
  {
    name: 'a known path with another method',
    draft: { method: 'PUT', path: `/instances/${ID}`, body: '{}' },
    answer: '404 NOT_FOUND no route and no API found with those values',
  },
  {
    name: 'a URL over 8k',
    draft: { path: '/instances', query: [['name', 'x'.repeat(8200)]] },
    answer: '414 HTTP_URI_TOO_LONG URI too long',
  },
  {
    name: 'a body that is not JSON',
    draft: { method: 'POST', path: `/instances/${ID}:startInstance`, body: '{' },
    answer: invalid('Request body is not a JSON object'),
  },
  {
    name: 'a body that is a list',
    draft: { method: 'POST', path: `/instances/${ID}:startInstance`, body: '[]' },
    answer: invalid('Request body is not a JSON object'),
  },
  {
    name: 'a body that is nested too deep to be written down again',
    draft: {
      method: 'POST',
      path: `/instances/${ID}:startInstance`,
      body: `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
    },
    answer: invalid('Request body is not a JSON object'),
  },
  {
    name: 'no body at all for a start',
    draft: { method: 'POST', path: `/instances/${ID}:startInstance` },
    answer: '200',
  },
  {
    name: 'a VM of another region',
    draft: { path: `/instances/${ID}`, regionId: 'cn-east-2' },
    answer: `404 NOT_FOUND Instance '${ID}' not found.`,
  },
  { name: 'the list of another region', draft: { path: '/instances', regionId: 'cn-east-2' }, answer: '200' },
  { name: 'an unknown image', draft: { path: '/images/img-x' }, answer: "404 NOT_FOUND Image 'img-x' not found" },
  {
    name: 'the constraints of an unknown image',
    draft: { path: '/images/img-x/constraints' },
    answer: "404 NOT_FOUND Image 'img-x' not found",
  },
  {
    name: 'an image name of one letter',
    draft: { method: 'POST', path: `/instances/${ID}:createImage`, body: '{"name":"a"}' },
    answer: invalid("Invalid parameter 'name'"),
  },
  {
    name: 'an image without a name',
    draft: { method: 'POST', path: `/instances/${ID}:createImage`, body: '{}' },
    answer: invalid("Invalid parameter 'name'"),
  },
  {
    name: 'a device named twice',
    draft: {
      method: 'POST',
      path: `/instances/${ID}:createImage`,
      body: '{"name":"ab","dataDisks":[{"deviceName":"vdb"},{"deviceName":"vdb"}]}',
    },
    answer: '400 DUPLICATE Duplicate deviceName',
  },
  {
    name: 'a chargeOnStopped that is no word of the API',
    draft: { method: 'POST', path: `/instances/${ID}:stopInstance`, body: '{"chargeOnStopped":"free"}' },
    answer: "400 FAILED_PRECONDITION Invalid instance status 'stopped'",
  },
];

describe('requests', () => {
  for (const { name, draft, answer } of REQUESTS) {
    it(`${name}: ${answer.slice(0, 60)}`, async (t) => {
      const simulator = await simulatorFor(t, { state });
      const received = await call(simulator, draft);

      assert.equal(gist(received), answer);
      assert.match(received.json?.requestId ?? '', /^[0-9a-z]{32}$/);
      assert.equal(received.headers.get('x-jdcloud-request-id'), received.json?.requestId);
      assert.equal(received.json?.error?.code ?? 200, received.status);
    });
  }

  it('answers a broken percent sign as the gateway does', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const response = await fetch(`${simulator.endpoint}/v1/regions/cn-north-1/instances?name=%zz`);

    assert.equal(response.status, 400);
    assert.match(await response.text(), /HTTP_BAD_REQUEST/);
  });

  it('lets unknown body keys pass and enters them in the journal, repeated path parameters not', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const body = { regionId: 'cn-north-1', instanceId: ID, imageInherit: 'yes', clientToken: 'x' };

    assert.equal(gist(await act(simulator, ID, 'rebuildInstance', body)), '200');
    assert.deepEqual(simulator.journal.calls()[0]?.warnings, ['unknown body key clientToken']);
  });

  it('enters unknown query parameters in the journal', async (t) => {
    const simulator = await simulatorFor(t, { state });
    await call(simulator, { path: '/instances', query: [['pagesize', '10']] });

    assert.deepEqual(simulator.journal.calls()[0]?.warnings, ['unknown query parameter pagesize']);
  });
});
