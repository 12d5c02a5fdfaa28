import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  CredentialsError,
  NotFoundError,
  ThrottledError,
  UnavailableError,
  WrongStateError,
} from '../../../jdcloud/errors.js';
import { createVmReader } from '../../../jdcloud/reader.js';
import { hostnameOf } from '../../../jdcloud/schemas.js';
import type { CallRecord } from '../../../jdcloud/send-signed.js';
import type { VmClient } from '../../../jdcloud/vm-client.js';
import { DEFAULT_IMAGE_ID, image, keypair, OTHER_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import { type SimulatorOptions, startSimulator } from '../../../simulator/start-simulator.js';
import { UNASKED } from '../../fixtures/unasked.js';
import { clientOf } from './answering-server.js';

const REGION = 'cn-north-1';
const VM = { regionId: REGION, instanceId: 'i-aaaaaaaaaa' };
const LIMIT = { constraintsType: 'excludes' as const, instanceTypes: ['p.n1.large'] };
const TAG = { key: 'env', value: 'a b/中*' };

async function start(t: TestContext, options: SimulatorOptions = {}) {
  const state = region({
    vms: [
      vm(VM.instanceId, 'running', { keyNames: ['ops'], tags: [TAG], metadata: [{ key: 'role', value: 'web' }] }),
      ...Array.from({ length: 104 }, (_, index) => vm(`i-other${index}`, 'stopped')),
    ],
    images: [
      image(DEFAULT_IMAGE_ID, { imageSource: 'public', constraints: LIMIT }),
      image(OTHER_IMAGE_ID),
      image('img-old'),
    ],
    keypairs: [keypair('ops'), keypair('deploy')],
  });
  const simulator = await startSimulator({ compress: 1000, state, ...options });
  t.after(() => simulator.close());
  const calls: CallRecord[] = [];
  const { endpoint, credentials } = simulator;
  const client = clientOf(t, { endpoint, credentials: async () => credentials, onCall: (call) => calls.push(call) });
  const reached = (status: string) => simulator.waitFor(() => simulator.vm(VM.instanceId).status === status);
  return { simulator, client, calls, reached };
}

/** Names of the client's operations: those that read, or those that change something. */
function operationsOf(client: VmClient, reads: boolean): string[] {
  const { close: _close, answeredAt: _answeredAt, unanswered: _unanswered, ...operations } = client;
  return Object.keys(operations).filter((name) => name.startsWith('describe') === reads);
}

describe('the client against the simulator', () => {
  it('reads by every operation that describes something', async (t) => {
    const { client, simulator, calls } = await start(t);
    const byId = { regionId: REGION, instanceIds: [VM.instanceId, 'i-unknown'] };

    const { instance } = await client.describeInstance(VM);
    assert.deepEqual([instance.status, instance.imageId, instance.keyNames], ['running', DEFAULT_IMAGE_ID, ['ops']]);
    assert.equal(hostnameOf(instance), VM.instanceId);
    assert.equal(instance.systemDisk?.cloudDisk?.diskSizeGB, 40);

    const tagged = { regionId: REGION, tags: [{ key: TAG.key, values: [TAG.value] }] };
    assert.deepEqual((await client.describeInstances(tagged)).instances, [instance]);
    const second = await client.describeInstances({ regionId: REGION, pageNumber: 2, pageSize: 100 });
    assert.deepEqual([second.instances.length, second.totalCount], [5, 105]);
    const brief = await client.describeBriefInstances(byId);
    assert.deepEqual([brief.totalCount, brief.instances[0]?.status], [1, 'running']);
    assert.deepEqual((await client.describeInstanceStatus(byId)).instanceStatuses, [
      { instanceId: VM.instanceId, status: 'running' },
    ]);
    assert.deepEqual((await client.describeInstancesCustomData(byId)).customData[0]?.metadata, [
      { key: 'role', value: 'web' },
    ]);

    const ref = { regionId: REGION, imageId: DEFAULT_IMAGE_ID };
    const limits = { imageId: DEFAULT_IMAGE_ID, imageInstanceTypeConstraint: LIMIT };
    assert.equal((await client.describeImage(ref)).image.status, 'ready');
    const images = await client.describeImages({ regionId: REGION, imageIds: [OTHER_IMAGE_ID, 'img-unknown'] });
    assert.deepEqual([images.totalCount, images.images[0]?.imageId], [1, OTHER_IMAGE_ID]);
    const publicOnes = await client.describeImages({ regionId: REGION, imageSource: 'public' });
    assert.deepEqual(
      publicOnes.images.map(({ imageId }) => imageId),
      [DEFAULT_IMAGE_ID],
    );
    assert.deepEqual((await client.describeImageConstraints(ref)).imageConstraints, limits);
    const batch = { regionId: REGION, imageIds: [DEFAULT_IMAGE_ID, OTHER_IMAGE_ID] };
    assert.deepEqual((await client.describeImageConstraintsBatch(batch)).imageConstraints, [limits]);
    const keys = await client.describeKeypairs({ regionId: REGION, keyNames: ['ops', 'unknown'] });
    assert.deepEqual(
      keys.keypairs.map(({ keyName, instanceIds }) => [keyName, instanceIds]),
      [['ops', [VM.instanceId]]],
    );
    const { quotas } = await client.describeQuotas({ regionId: REGION, resourceTypes: ['image'] });
    assert.deepEqual(quotas, [{ resourceType: 'image', limit: 20, used: 2 }]);

    assert.deepEqual(
      simulator.journal.calls().flatMap(({ warnings }) => warnings),
      [],
    );
    assert.deepEqual(new Set(calls.map(({ operation }) => operation)), new Set(operationsOf(client, true)));
  });

  it('changes by every other operation, each once and with every field', async (t) => {
    const { client, simulator, calls, reached } = await start(t);

    await client.stopInstance(VM, { chargeOnStopped: 'keepCharging' }, UNASKED);
    await reached('stopped');
    const rebuilt = await client.rebuildInstance(
      VM,
      {
        imageId: OTHER_IMAGE_ID,
        password: 'Instance@010',
        keyNames: ['deploy'],
        hostname: 'shop-a',
        metadata: [{ key: 'reimage-operation', value: '密é' }],
        userdata: [{ key: 'launch-script', value: 'IyEvYmluL2Jhc2gK' }],
        passWordAuth: 'yes',
        imageInherit: 'no',
      },
      UNASKED,
    );
    await reached('rebuilding');
    await reached('stopped');
    await client.startInstance(VM, UNASKED);
    await reached('running');
    const { imageId } = await client.createImage(VM, { name: 'after', description: 'x' }, UNASKED);
    await simulator.waitFor(() => simulator.vm(VM.instanceId).task === null);
    await client.deleteImage({ regionId: REGION, imageId: 'img-old', deleteSnapshot: true }, UNASKED);

    const { imageId: after, keyNames, hostname, metadata } = simulator.vm(VM.instanceId);
    assert.deepEqual([after, keyNames, hostname], [OTHER_IMAGE_ID, ['deploy'], 'shop-a']);
    assert.deepEqual(metadata, [{ key: 'reimage-operation', value: '密é' }]);
    assert.equal((await client.describeImage({ regionId: REGION, imageId })).image.status, 'ready');
    await assert.rejects(client.describeImage({ regionId: REGION, imageId: 'img-old' }), NotFoundError);
    for (const operation of operationsOf(client, false))
      assert.equal(simulator.journal.effective(operation), 1, operation);
    const journaled = simulator.journal.calls({ operation: 'rebuildInstance' })[0];
    assert.equal(rebuilt.requestId, journaled?.requestId);
    assert.equal(calls.find(({ operation }) => operation === 'rebuildInstance')?.requestId, rebuilt.requestId);
    assert.deepEqual(journaled?.warnings, []);
  });

  it('tells what the simulator refuses, and whether a lost answer may have been performed', async (t) => {
    const { client, simulator, reached } = await start(t);
    const once = { operation: 'rebuildInstance', times: 1 };

    await assert.rejects(client.rebuildInstance(VM, { password: 'Instance@010' }, UNASKED), WrongStateError);
    await assert.rejects(client.startInstance({ ...VM, instanceId: 'i-unknown' }, UNASKED), (error) => {
      assert.ok(error instanceof NotFoundError);
      assert.equal(error.resource, 'instance');
      return true;
    });
    await client.stopInstance(VM, {}, UNASKED);
    await reached('stopped');
    simulator.addFault({ ...once, kind: { throttle: true, retryAfterSeconds: 2 } });
    await assert.rejects(client.rebuildInstance(VM, { password: 'Instance@010' }, UNASKED), (error) => {
      assert.ok(error instanceof ThrottledError);
      assert.deepEqual([error.retryAfterMs, error.mayHaveArrived], [2000, false]);
      return true;
    });
    assert.equal(simulator.journal.effective('rebuildInstance'), 0);

    simulator.addFault({ ...once, kind: { drop: 'after' } });
    await assert.rejects(client.rebuildInstance(VM, { password: 'Instance@010' }, UNASKED), (error) => {
      assert.ok(error instanceof UnavailableError);
      assert.equal(error.mayHaveArrived, true);
      return true;
    });
    assert.equal(simulator.journal.effective('rebuildInstance'), 1);
  });

  it('has a wrong secret key refused as credentials', async (t) => {
    const { simulator } = await start(t);
    const wrong = { ...simulator.credentials, secretKey: 'wrong' };
    const client = clientOf(t, { endpoint: simulator.endpoint, credentials: async () => wrong });

    await assert.rejects(client.describeInstance(VM), CredentialsError);
  });

  it('has its session token and the path of a reader verified too', async (t) => {
    const { simulator } = await start(t);
    const credentials = { ...simulator.credentials, sessionToken: 'dG9rZW4=' };
    const client = clientOf(t, { endpoint: simulator.endpoint, credentials: async () => credentials });
    const reader = createVmReader({ api: client, windowMs: 1 });

    const found = await reader.briefInstances(REGION, [
      VM.instanceId,
      ...Array.from({ length: 104 }, (_, index) => `i-other${index}`),
    ]);

    assert.equal(found.size, 105);
    assert.equal(simulator.journal.calls({ operation: 'describeBriefInstances' }).length, 2);
  });
});
