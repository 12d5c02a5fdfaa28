import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { ReimageClient } from '../../client/index.js';
import { FREEZE_WORKFLOW_ID } from '../../contracts/freeze.js';
import { region, vm } from '../../simulator/model/builders.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { defer } from '../fixtures/defer.js';
import { ownNamespace } from '../fixtures/own-namespace.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { startWorkerProcess } from './worker-process.js';

const KEYS = { REIMAGE_CODEC_KEYS: 'k=env:REIMAGE_SECRET_K', REIMAGE_SECRET_K: randomBytes(32).toString('hex') };

describe('a worker process in a frozen namespace whose payloads are encrypted', () => {
  it('reads the freeze, refuses, unfreezes, and begins again; without the key nobody reads who froze it', async (t) => {
    const { client, settings } = await ownNamespace(t);
    const instanceId = uniqueVmId();
    const cloud = await startSimulator({ compress: 200, state: region({ vms: [vm(instanceId)] }) });
    defer(t, () => cloud.close());
    const taskQueue = `test-${randomUUID()}`;
    const { address, namespace } = settings;
    const env = { TEMPORAL_NAMESPACE: namespace, ...KEYS };
    await startWorkerProcess(t, { cloud, address, taskQueue, env });
    const library = await ReimageClient.connect({
      env: { TEMPORAL_ADDRESS: address, REIMAGE_TASK_QUEUE: taskQueue, ...env },
    });
    defer(t, () => library.close());
    const request = requestFor(instanceId, { deadlines: { validatingSeconds: 30 } });
    const { freeze } = await library.freeze({ by: 'ann', reason: 'leaked by axolotl' });

    const refused = await library.wait(await library.start(request));
    const unfrozen = await library.unfreeze({ by: 'bob', reason: 'over' });
    const done = await library.wait(await library.start(request));

    assert.equal(refused.failure?.type, 'Frozen', refused.failure?.message);
    assert.match(refused.failure.message, /axolotl/);
    assert.deepEqual([unfrozen?.freeze, done.outcome], [freeze, 'done']);
    await assert.rejects(client.workflow.getHandle(FREEZE_WORKFLOW_ID).describe(), 'the memo is not in clear');
  });
});
