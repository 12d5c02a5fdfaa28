import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReimageNotFoundError, ReimageUnreachableError } from '../../client/index.js';
import { standIn } from './stand-in/set-up.js';

describe('plan', () => {
  it('gives what the worker answers', async (t) => {
    const { reimage, request } = await standIn(t);
    const plan = await reimage.plan(request);
    assert.deepEqual([plan.instanceId, plan.steps], [request.instanceId, ['stop the VM']]);
  });

  it('throws the failure that the worker names', async (t) => {
    const { reimage, request } = await standIn(t);
    await assert.rejects(reimage.plan({ ...request, instanceId: 'i-none' }), (error) => {
      assert.ok(error instanceof ReimageNotFoundError);
      assert.deepEqual([error.failure.type, error.failure.requestId], ['VmNotFound', 'req-404']);
      return true;
    });
  });

  it('without a worker gives up in time, names the queue, and leaves nothing running', async (t) => {
    const { client, reimage, worker, taskQueue, request } = await standIn(t);
    await worker.stop();
    await assert.rejects(reimage.plan(request, { workerTimeoutMs: 3_000 }), (error) => {
      assert.ok(error instanceof ReimageUnreachableError);
      assert.equal(error.failure.type, 'NoWorker');
      assert.match(error.message, new RegExp(taskQueue));
      return true;
    });
    const { count } = await client.workflow.count(`TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`);
    assert.equal(count, 0);
  });

  it('keeps waiting for a worker that has taken the plan up', async (t) => {
    const { reimage, request } = await standIn(t);
    const plan = await reimage.plan({ ...request, instanceId: 'i-slow' }, { workerTimeoutMs: 6_000 });
    assert.equal(plan.instanceId, 'i-slow');
  });
});
