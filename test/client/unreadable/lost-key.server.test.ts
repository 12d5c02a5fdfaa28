import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type ReimageClient, ReimageUnreachableError } from '../../../client/index.js';
import { keyRecordWorkflowId } from '../../../contracts/names.js';
import { OTHER_IMAGE_ID } from '../../../simulator/model/builders.js';
import { eventually } from '../../fixtures/eventually.js';
import { requestFor } from '../../fixtures/requests.js';
import { openStage, untilPhase, WHO } from './stage.js';

const NEVER_WELL = { kind: 'exec' as const, command: ['false'], deadlineSeconds: 2, intervalSeconds: 1, successes: 1 };

it('a hold whose key no worker has any more names that key, in get and when it is decided', async (t) => {
  const { ids, connect, startWorker } = await openStage(t);
  const before = await startWorker('old');
  const oldClient = await connect('old');
  const onto = { imageId: OTHER_IMAGE_ID, onFailure: 'hold' as const, healthChecks: [NEVER_WELL] };
  const held = await oldClient.start(requestFor(ids.held, onto));
  await untilPhase(oldClient, held, 'held');
  await before.kill();
  // As when the worker that had the key is gone for long: the others need not wait to see whether it comes back.
  await oldClient.temporal.workflow.getHandle(keyRecordWorkflowId(oldClient.taskQueue)).terminate('long ago');
  await startWorker('new');

  const names = async (client: ReimageClient) => {
    const note = async () => (await client.get(held)).note ?? '';
    await eventually('get names the key', async () => /key "old", which REIMAGE_CODEC_KEYS lacks/.test(await note()));
    assert.doesNotMatch(await note(), /encoded failure/i);
    await assert.rejects(client.decide(held, { decision: 'accept', ...WHO }), (error) => {
      assert.ok(error instanceof ReimageUnreachableError);
      assert.equal(error.failure.type, 'NoWorker');
      assert.match(error.message, /key "old", which REIMAGE_CODEC_KEYS lacks/);
      return true;
    });
  };
  await names(await connect('new', 'old'));
  await names(await connect('new'));
});
