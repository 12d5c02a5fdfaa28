import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { JdCloudError } from '../../jdcloud/errors.js';
import type { VmClient } from '../../jdcloud/vm-client.js';
import { UNASKED } from '../fixtures/unasked.js';
import { clientOf, json, KEYS, type Received, startAnswering } from '../unit/jdcloud/answering-server.js';
import { checkSignature } from '../unit/jdcloud/received-signature.js';
import { holds } from './holds.js';
import { hostileText, huge, textOf } from './hostile.js';

const REGION = 'cn-north-1';

interface Id {
  readonly regionId: string;
  readonly id: string;
}

/** Each call that puts an id into the path: how it is made, and the decoded segments after the region that it must come to. */
const BY_PATH: Readonly<Record<string, [(client: VmClient, id: Id) => Promise<unknown>, (id: string) => string[]]>> = {
  describeInstance: [(client, id) => client.describeInstance(vm(id)), (id) => ['instances', id]],
  stopInstance: [(client, id) => client.stopInstance(vm(id), {}, UNASKED), (id) => ['instances', `${id}:stopInstance`]],
  startInstance: [(client, id) => client.startInstance(vm(id), UNASKED), (id) => ['instances', `${id}:startInstance`]],
  rebuildInstance: [
    (client, id) => client.rebuildInstance(vm(id), { imageId: id.id }, UNASKED),
    (id) => ['instances', `${id}:rebuildInstance`],
  ],
  createImage: [
    (client, id) => client.createImage(vm(id), { name: id.id }, UNASKED),
    (id) => ['instances', `${id}:createImage`],
  ],
  describeImage: [(client, id) => client.describeImage(image(id)), (id) => ['images', id]],
  describeImageConstraints: [
    (client, id) => client.describeImageConstraints(image(id)),
    (id) => ['images', id, 'constraints'],
  ],
  deleteImage: [
    (client, id) => client.deleteImage({ ...image(id), deleteSnapshot: true }, UNASKED),
    (id) => ['images', id],
  ],
};

/** Each call that puts texts into the query, with the number of texts beside the given ones that it adds. */
const BY_QUERY: Readonly<Record<string, (client: VmClient, texts: readonly string[]) => Promise<unknown>>> = {
  describeInstances: (client, ids) => client.describeInstances({ regionId: REGION, instanceIds: ids }),
  describeBriefInstances: (client, ids) => client.describeBriefInstances({ regionId: REGION, instanceIds: ids }),
  describeInstanceStatus: (client, ids) => client.describeInstanceStatus({ regionId: REGION, instanceIds: ids }),
  describeInstancesCustomData: (client, ids) =>
    client.describeInstancesCustomData({ regionId: REGION, instanceIds: ids }),
  describeImages: (client, ids) => client.describeImages({ regionId: REGION, imageIds: ids }),
  describeImageConstraintsBatch: (client, ids) =>
    client.describeImageConstraintsBatch({ regionId: REGION, imageIds: ids }),
  describeKeypairs: (client, names) => client.describeKeypairs({ regionId: REGION, keyNames: names }),
  describeQuotas: (client, resourceTypes) => client.describeQuotas({ regionId: REGION, resourceTypes }),
  filters: (client, [name = '', ...values]) =>
    client.describeInstances({ regionId: REGION, filters: [{ name, operator: name, values: [name, ...values] }] }),
  tags: (client, [key = '', ...values]) =>
    client.describeInstances({ regionId: REGION, tags: [{ key, values: [key, ...values] }] }),
};

const vm = ({ regionId, id }: Id) => ({ regionId, instanceId: id });
const image = ({ regionId, id }: Id) => ({ regionId, imageId: id });

/** Makes a call and gives what came over the wire: one request, or null when the client refused to send. */
async function sentBy(make: (client: VmClient) => Promise<unknown>, all: Received[], client: VmClient) {
  const before = all.length;
  const error: unknown = await make(client).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof JdCloudError, `${String(error)}`);
  assert.match(error.message, /^[^\p{Cc}\p{Zl}\p{Zp}]{1,1500}$/u);
  assert.ok(all.length - before <= 1);
  const received = all[before] ?? null;
  return received;
}

async function start(t: TestContext) {
  const refusal = { requestId: 'r', error: { code: 404, status: 'NOT_FOUND', message: 'not found' } };
  const server = await startAnswering(t, json(refusal, 404));
  // Longer than a busy machine may halt: a call that is given up arrives all the same, and would count as one of the next.
  const client = clientOf(t, { endpoint: server.endpoint, timeoutMs: 120_000 });
  return (make: (client: VmClient) => Promise<unknown>) => sentBy(make, server.received, client);
}

/** Nothing of a hostile text may become a header, or end one. */
function assertHeaders({ headers }: Received): void {
  const { authorization = '', ...others } = headers;
  assert.match(
    authorization,
    /^JDCLOUD2-HMAC-SHA256 Credential=\w+\/\d{8}\/[^,/\s]+\/vm\/jdcloud2_request, SignedHeaders=[a-z-;]+, Signature=\w{64}$/,
  );
  const known = /^(accept|accept-encoding|connection|content-(type|length)|host|user-agent|x-jdcloud-(date|nonce))$/;
  assert.deepEqual(
    Object.keys(others).filter((name) => !known.test(name)),
    [],
  );
}

describe('the client of JD Cloud, given a hostile id', () => {
  for (const [operation, [make, segments]] of Object.entries(BY_PATH)) {
    it(`${operation} refuses it, or sends it as one segment of the path`, async (t) => {
      const send = await start(t);
      let sent = 0;
      await holds(
        fc.asyncProperty(hostileText, async (id) => {
          const received = await send((client) => make(client, { regionId: REGION, id }));
          if (received === null) return;
          sent += 1;
          const [path = ''] = received.url.split('?');
          assert.match(path, /^[\w.~%/-]+$/);
          assert.deepEqual(path.split('/').map(decodeURIComponent), ['', 'v1', 'regions', REGION, ...segments(id)]);
          assertHeaders(received);
          assert.ok(checkSignature(received, KEYS.secretKey).isRight);
        }),
        40,
      );
      assert.ok(sent > 5, 'some were sent');
    });
  }

  it('a region is one segment and one part of the credential, or refused', async (t) => {
    const send = await start(t);
    await holds(
      fc.asyncProperty(hostileText, async (regionId) => {
        const received = await send((client) => client.describeInstance({ regionId, instanceId: 'i-a1' }));
        if (received === null) return;
        const segments = received.url.split('/').map(decodeURIComponent);
        assert.deepEqual(segments, ['', 'v1', 'regions', regionId, 'instances', 'i-a1']);
        assertHeaders(received);
      }),
      150,
    );
  });

  for (const [operation, make] of Object.entries(BY_QUERY)) {
    it(`${operation} refuses it, or sends it as one value of the query`, async (t) => {
      const send = await start(t);
      await holds(
        fc.asyncProperty(fc.array(hostileText, { minLength: 1, maxLength: 3 }), async (texts) => {
          const received = await send((client) => make(client, texts));
          if (received === null) return;
          const [path = '', query = '', ...more] = received.url.split('?');
          assert.match(path, /^\/v1\/regions\/cn-north-1\/[A-Za-z]+(%3A[A-Za-z]+|:[A-Za-z]+)?$/);
          assert.deepEqual(more, []);
          const pairs = query.split('&').map((pair) => pair.split('=').map(decodeURIComponent));
          const lists = pairs.filter(([name = '']) => /^(ids|(filters|tags)\.1\.values)\.\d+$/.test(name));
          assert.ok(pairs.every((pair) => pair.length === 2));
          assert.deepEqual(
            lists.map(([, value]) => value),
            texts,
          );
          assertHeaders(received);
          assert.ok(checkSignature(received, KEYS.secretKey).isRight);
        }),
        25,
      );
    });
  }

  it('a huge one ends in one line too', async (t) => {
    const send = await start(t);
    await holds(
      fc.asyncProperty(huge(1024 * 1024), async (long) => {
        await send((client) => client.describeInstance({ regionId: REGION, instanceId: textOf(long) }));
      }),
      3,
    );
  });
});
