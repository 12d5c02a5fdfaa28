import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { hostnameOf } from '../../../jdcloud/schemas.js';
import { clientOf, json, startAnswering } from './answering-server.js';

const VM = { regionId: 'cn-north-1', instanceId: 'i-1' };

async function answering(t: TestContext, result: unknown) {
  const server = await startAnswering(t, json({ requestId: 'r', result }));
  return clientOf(t, { endpoint: server.endpoint });
}

describe('an answer of JD Cloud', () => {
  it('is read as its documentation shows one, unknown fields and nulls included', async (t) => {
    const instance = {
      instanceId: 'i-1',
      hostName: 'test1',
      status: 'quantum-leaping',
      keyNames: null,
      systemDisk: { diskCategory: 'cloud', cloudDisk: { diskId: 'vol-1', diskSizeGB: 40, encrypt: false } },
      primaryNetworkInterface: { networkInterface: { primaryIp: {} } },
      cpuTopology: { coreCount: 2 },
    };
    const client = await answering(t, { instance });

    const answer = await client.describeInstance(VM);

    assert.deepEqual(answer, { requestId: 'r', instance });
    assert.equal(hostnameOf(answer.instance), 'test1');
  });

  it('has one host name, however it is spelt', () => {
    assert.deepEqual([hostnameOf({ hostname: 'a' }), hostnameOf({ hostName: 'b' }), hostnameOf({})], ['a', 'b', null]);
  });

  it('may leave an empty list out where the count says that nothing matched', async (t) => {
    const client = await answering(t, { totalCount: 0 });

    assert.deepEqual(await client.describeInstances({ regionId: 'cn-north-1' }), {
      requestId: 'r',
      instances: [],
      totalCount: 0,
    });
  });

  const wrong: readonly (readonly [name: string, result: unknown, message: RegExp])[] = [
    ['the list is absent and nothing says that it is empty', {}, /result\.instances/],
    ['the list is absent though something matched', { totalCount: 3 }, /result\.instances/],
    ['the list is no list', { instances: { instanceId: 'i-1' }, totalCount: 1 }, /result\.instances/],
    ['a VM has no id', { instances: [{ status: 'running' }], totalCount: 1 }, /result\.instances\.0\.instanceId/],
    ['a status is no text', { instances: [{ instanceId: 'i-1', status: 7 }] }, /result\.instances\.0\.status/],
    ['there is no result', undefined, /result: /],
  ];
  for (const [name, result, message] of wrong) {
    it(`is an error and never an empty list when ${name}`, async (t) => {
      const client = await answering(t, result);

      await assert.rejects(client.describeInstances({ regionId: 'cn-north-1' }), { name: 'UnavailableError', message });
    });
  }
});
