import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { RefusedError } from '../../../jdcloud/errors.js';
import type { VmClient, VmClientOptions } from '../../../jdcloud/vm-client.js';
import { UNASKED } from '../../fixtures/unasked.js';
import { clientOf, json, KEYS, startAnswering } from './answering-server.js';
import { checkSignature } from './received-signature.js';

const REGION = 'cn-north-1';
const VM = { regionId: REGION, instanceId: 'i-abc' };
const IMAGE = { regionId: REGION, imageId: 'img-1' };
// Fits every list and every single answer.
const ANYTHING = {
  requestId: 'r',
  result: {
    totalCount: 0,
    instance: { instanceId: 'i-abc' },
    image: { imageId: 'img-1' },
    imageConstraints: { imageId: 'img-1' },
    imageId: 'img-new',
  },
};

async function start(t: TestContext, options: Partial<VmClientOptions> = {}) {
  const server = await startAnswering(t, json(ANYTHING));
  return { server, client: clientOf(t, { endpoint: server.endpoint, ...options }) };
}

const query = (...pairs: string[]) => `?${pairs.join('&')}`;

const ROWS: readonly (readonly [
  name: string,
  call: (client: VmClient) => Promise<unknown>,
  line: string,
  body?: string,
])[] = [
  ['describeInstance', (client) => client.describeInstance(VM), 'GET /instances/i-abc'],
  [
    'describeInstances',
    (client) =>
      client.describeInstances({
        regionId: REGION,
        instanceIds: ['i-a', 'i-b'],
        filters: [{ name: 'status', operator: 'eq', values: ['running'] }],
        tags: [{ key: 'env', values: ['prod'] }, { key: 'any' }],
      }),
    `GET /instances${query(
      'pageSize=10',
      'filters.1.name=instanceId',
      'filters.1.values.1=i-a',
      'filters.1.values.2=i-b',
      'filters.2.name=status',
      'filters.2.operator=eq',
      'filters.2.values.1=running',
      'tags.1.key=env',
      'tags.1.values.1=prod',
      'tags.2.key=any',
    )}`,
  ],
  [
    'describeBriefInstances',
    (client) => client.describeBriefInstances({ regionId: REGION, pageNumber: 2, pageSize: 50 }),
    'GET /instances%3AdescribeBriefInstances?pageNumber=2&pageSize=50',
  ],
  [
    'describeInstanceStatus',
    (client) => client.describeInstanceStatus({ regionId: REGION, instanceIds: ['i-a'] }),
    'GET /instanceStatus?pageSize=10&filters.1.name=instanceId&filters.1.values.1=i-a',
  ],
  [
    'describeInstancesCustomData',
    (client) => client.describeInstancesCustomData({ regionId: REGION, instanceIds: ['i-a'] }),
    'GET /instancesCustomData?pageSize=10&filters.1.name=instanceId&filters.1.values.1=i-a',
  ],
  ['stopInstance', (client) => client.stopInstance(VM, {}, UNASKED), 'POST /instances/i-abc%3AstopInstance', '{}'],
  [
    'stopInstance with a charge mode',
    (client) => client.stopInstance(VM, { chargeOnStopped: 'keepCharging' }, UNASKED),
    'POST /instances/i-abc%3AstopInstance',
    '{"chargeOnStopped":"keepCharging"}',
  ],
  ['startInstance', (client) => client.startInstance(VM, UNASKED), 'POST /instances/i-abc%3AstartInstance', '{}'],
  [
    'rebuildInstance',
    (client) =>
      client.rebuildInstance(
        VM,
        { imageId: 'img-1', password: '密é"\\', keyNames: ['k'], imageInherit: 'yes' },
        UNASKED,
      ),
    'POST /instances/i-abc%3ArebuildInstance',
    '{"imageId":"img-1","password":"密é\\"\\\\","keyNames":["k"],"imageInherit":"yes"}',
  ],
  [
    'createImage',
    (client) => client.createImage(VM, { name: 'backup' }, UNASKED),
    'POST /instances/i-abc%3AcreateImage',
    '{"name":"backup"}',
  ],
  ['describeImage', (client) => client.describeImage(IMAGE), 'GET /images/img-1'],
  [
    'describeImages by ids',
    (client) => client.describeImages({ regionId: REGION, imageIds: ['img-1', 'img-2'] }),
    'GET /images?pageSize=10&ids.1=img-1&ids.2=img-2',
  ],
  [
    'describeImages by source',
    (client) => client.describeImages({ regionId: REGION, imageSource: 'public', offline: false, imageName: 'a&b*中' }),
    'GET /images?imageSource=public&offline=false&imageName=a%26b%2A%E4%B8%AD',
  ],
  ['describeImageConstraints', (client) => client.describeImageConstraints(IMAGE), 'GET /images/img-1/constraints'],
  ['deleteImage', (client) => client.deleteImage(IMAGE, UNASKED), 'DELETE /images/img-1'],
  [
    'deleteImage with snapshots',
    (client) => client.deleteImage({ ...IMAGE, deleteSnapshot: true }, UNASKED),
    'DELETE /images/img-1?deleteSnapshot=true',
  ],
  [
    'describeKeypairs',
    (client) => client.describeKeypairs({ regionId: REGION, keyNames: ['k 1'] }),
    'GET /keypairs?pageSize=10&filters.1.name=keyNames&filters.1.values.1=k%201',
  ],
  [
    'describeQuotas',
    (client) => client.describeQuotas({ regionId: REGION, resourceTypes: ['image'], imageId: 'img-1' }),
    'GET /quotas?imageId=img-1&filters.1.name=resourceTypes&filters.1.values.1=image',
  ],
];

describe('a request on the wire', () => {
  for (const [name, call, line, body = ''] of ROWS) {
    it(`has the documented form and a right signature for ${name}`, async (t) => {
      const { server, client } = await start(t);

      await call(client);

      const [received] = server.received;
      assert.ok(received);
      const [method, path] = line.split(' ');
      assert.deepEqual([received.method, received.url, received.body], [method, `/v1/regions/cn-north-1${path}`, body]);
      assert.deepEqual(checkSignature(received, KEYS.secretKey), {
        accessKey: KEYS.accessKey,
        signedHeaders: 'host;x-jdcloud-date;x-jdcloud-nonce',
        isRight: true,
      });
      assert.match(String(received.headers['x-jdcloud-date']), /^\d{8}T\d{6}Z$/);
    });
  }

  it('asks for the constraints of many images as ids', async (t) => {
    const server = await startAnswering(t, json({ requestId: 'r', result: { imageConstraints: [{ imageId: 'a' }] } }));
    const client = clientOf(t, { endpoint: server.endpoint });

    const answer = await client.describeImageConstraintsBatch({ regionId: REGION, imageIds: ['a', 'b'] });

    assert.deepEqual(answer, { requestId: 'r', imageConstraints: [{ imageId: 'a' }] });
    assert.equal(server.received[0]?.url, '/v1/regions/cn-north-1/imageConstraints?ids.1=a&ids.2=b');
  });

  it('asks for a page that holds a hundred ids', async (t) => {
    const { server, client } = await start(t);
    const instanceIds = Array.from({ length: 100 }, (_, index) => `i-${index}`);

    await client.describeInstances({ regionId: REGION, instanceIds });

    assert.match(server.received[0]?.url ?? '', /[?&]pageSize=100&/);
  });

  it('has a nonce of its own each time', async (t) => {
    const { server, client } = await start(t);

    await client.describeInstance(VM);
    await client.describeInstance(VM);

    const nonces = server.received.map(({ headers }) => headers['x-jdcloud-nonce']);
    assert.equal(new Set(nonces).size, 2);
  });

  it('carries and signs a session token as it stands', async (t) => {
    const { server, client } = await start(t, { credentials: async () => ({ ...KEYS, sessionToken: 'dG9r/ZW4=' }) });

    await client.stopInstance(VM, {}, UNASKED);

    const [received] = server.received;
    assert.ok(received);
    assert.equal(received.headers['x-jdcloud-security-token'], 'dG9r/ZW4=');
    assert.deepEqual(checkSignature(received, KEYS.secretKey), {
      accessKey: KEYS.accessKey,
      signedHeaders: 'host;x-jdcloud-date;x-jdcloud-nonce;x-jdcloud-security-token',
      isRight: true,
    });
  });

  it('goes behind the path prefix of the endpoint and signs it too', async (t) => {
    const server = await startAnswering(t, json(ANYTHING));
    const client = clientOf(t, { endpoint: `${server.endpoint}/jd cloud/` });

    await client.startInstance(VM, UNASKED);

    const [received] = server.received;
    assert.ok(received);
    assert.equal(received.url, '/jd%20cloud/v1/regions/cn-north-1/instances/i-abc%3AstartInstance');
    assert.equal(checkSignature(received, KEYS.secretKey).isRight, true);
  });

  it('keeps the connection of reads and takes a new one for each change', async (t) => {
    const { server, client } = await start(t);

    await client.describeInstance(VM);
    await client.describeInstance(VM);
    await client.stopInstance(VM, {}, UNASKED);
    await client.startInstance(VM, UNASKED);

    const [first, second, third, fourth] = server.received.map(({ port }) => port);
    assert.equal(first, second);
    assert.equal(new Set([second, third, fourth]).size, 3);
  });
});

describe('a request that must not be sent', () => {
  const many = Array.from({ length: 101 }, (_, index) => `i-${index}`);
  const rows: readonly (readonly [name: string, call: (client: VmClient) => Promise<unknown>])[] = [
    ['no VM ids', (client) => client.describeInstances({ regionId: REGION, instanceIds: [] })],
    ['no VM ids for brief objects', (client) => client.describeBriefInstances({ regionId: REGION, instanceIds: [] })],
    ['no VM ids for statuses', (client) => client.describeInstanceStatus({ regionId: REGION, instanceIds: [] })],
    [
      'no VM ids for custom data',
      (client) => client.describeInstancesCustomData({ regionId: REGION, instanceIds: [] }),
    ],
    ['no image ids', (client) => client.describeImages({ regionId: REGION, imageIds: [] })],
    ['no image ids for limits', (client) => client.describeImageConstraintsBatch({ regionId: REGION, imageIds: [] })],
    ['no key names', (client) => client.describeKeypairs({ regionId: REGION, keyNames: [] })],
    ['no resource types', (client) => client.describeQuotas({ regionId: REGION, resourceTypes: [] })],
    ['101 ids', (client) => client.describeInstances({ regionId: REGION, instanceIds: many })],
    ['an empty id in a list', (client) => client.describeInstances({ regionId: REGION, instanceIds: ['i-a', ''] })],
    [
      'a filter without values',
      (client) => client.describeInstances({ regionId: REGION, filters: [{ name: 'az', values: [] }] }),
    ],
    [
      'a tag without values',
      (client) => client.describeInstances({ regionId: REGION, tags: [{ key: 'env', values: [] }] }),
    ],
    ['an empty id', (client) => client.describeInstance({ ...VM, instanceId: '' })],
    ['an id that climbs', (client) => client.deleteImage({ ...IMAGE, imageId: '..' }, UNASKED)],
    ['an id with a slash', (client) => client.deleteImage({ ...IMAGE, imageId: 'a/../b' }, UNASKED)],
    ['an id with an action', (client) => client.describeInstance({ ...VM, instanceId: 'i-a:stopInstance' })],
    ['a region with a comma', (client) => client.describeInstance({ ...VM, regionId: 'cn, SignedHeaders=host' })],
    ['a region with a slash', (client) => client.describeInstance({ ...VM, regionId: 'cn/x' })],
    ['half a character', (client) => client.describeInstance({ ...VM, instanceId: 'i-\ud800' })],
  ];
  for (const [name, call] of rows) {
    it(`is refused here for ${name}`, async (t) => {
      const { server, client } = await start(t);

      await assert.rejects(call(client), (error) => {
        assert.ok(error instanceof RefusedError);
        assert.deepEqual([error.httpStatus, error.mayHaveArrived], [null, false]);
        assert.match(error.message, /^\w+ (of|in)\b[^\n]*: not sent, /);
        return true;
      });

      assert.equal(server.received.length, 0);
    });
  }

  it('keeps an id with odd characters inside its path segment', async (t) => {
    const { server, client } = await start(t);

    await client.describeInstance({ ...VM, instanceId: 'i ?#%2F\\é' });

    assert.equal(server.received[0]?.url, '/v1/regions/cn-north-1/instances/i%20%3F%23%252F%5C%C3%A9');
  });
});
