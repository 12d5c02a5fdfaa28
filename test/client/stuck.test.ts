import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { ReimageClient, ReimageError } from '../../client/index.js';
import { codecKeys } from '../fixtures/codec-keys.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { ownNamespace } from '../fixtures/own-namespace.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { startTestWorker } from '../fixtures/worker.js';
import { runFake } from '../unit/client/cli/fake-deps.js';

const AWAY = { endpoint: 'http://127.0.0.1:1', credentials: { accessKey: 'a', secretKey: 'b' } };
const vmOf = (instanceId: string) => ({ regionId: 'cn-north-1', instanceId });

/** A worker in clear, and a client that encrypts: the worker can make no step of what it is handed. */
async function halfEncrypted(t: TestContext) {
  const temporal = await ownNamespace(t);
  const { address, namespace } = temporal.settings;
  const taskQueue = `stuck-${randomUUID()}`;
  await startTestWorker(t, { cloud: AWAY, temporal, taskQueue });
  const env = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, REIMAGE_TASK_QUEUE: taskQueue };
  const client = await ReimageClient.connect({ env: { ...env, ...codecKeys()('a') } });
  defer(t, () => client.close());
  return client;
}

describe('a rebuild whose workflow task fails', () => {
  it('says so in get and list, with attempt, since and cause, and is not taken for one that goes on', async (t) => {
    const client = await halfEncrypted(t);
    const { instanceId } = await client.start(requestFor(uniqueVmId()));
    await eventually('it fails', async () => (await client.get(vmOf(instanceId))).taskFailure !== undefined);
    const operation = await client.get(vmOf(instanceId));
    const { taskFailure } = operation;
    assert.ok(taskFailure && taskFailure.attempt >= 2);
    assert.match(taskFailure.cause, /Unknown encoding/);
    assert.ok(Date.parse(taskFailure.since) >= Date.parse(operation.startedAt) - 1_000);
    assert.match(operation.note ?? '', /its workflow task fails since .*, attempt \d+: Unknown encoding/);

    const listed = async () => (await client.list()).find((each) => each.instanceId === instanceId);
    await eventually('the index knows it', async () => (await listed()) !== undefined);
    assert.match((await listed())?.note ?? '', /its workflow task fails/);
    const argv = ['list', '--output', 'text'];
    const { err } = await runFake(argv, { client: { list: (query) => client.list(query) } });
    assert.match(err.join('\n'), new RegExp(`stuck: ${instanceId}: its workflow task fails since`));
  });

  it('a question is given up at once, and names what the workers cannot read', async (t) => {
    const client = await halfEncrypted(t);
    await assert.rejects(client.plan(requestFor(uniqueVmId())), (error) => {
      assert.ok(error instanceof ReimageError);
      assert.equal(error.failure.type, 'PayloadUnreadable');
      assert.match(error.message, /No worker on task queue stuck-.* can decrypt what it is asked: Unknown encoding/);
      return true;
    });
  });
});
