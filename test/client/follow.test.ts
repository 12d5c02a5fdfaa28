import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { type Held, type Operation, ReimageNotFoundError } from '../../client/index.js';
import { rebuildWorkflowId } from '../../contracts/ids.js';
import { eventually } from '../fixtures/eventually.js';
import { standIn } from './stand-in/set-up.js';
import { decisionsOf, endStandIn, holdStandIn } from './stand-in/worker.js';

const HELD: Held = {
  since: '2026-11-24T06:00:00.000Z',
  deadlineAt: '2026-11-25T06:00:00.000Z',
  atDeadline: 'give-up',
  failure: { type: 'HealthCheckFailed', message: 'no answer' },
  choices: ['retry', 'accept', 'give-up'],
};

describe('get', () => {
  it('shows the progress of a running rebuild', async (t) => {
    const { reimage, vm, request } = await standIn(t);
    await reimage.start(request);
    const operation = await reimage.get(vm);
    assert.equal(operation.status, 'running');
    assert.deepEqual([operation.phase, operation.progress?.phase], ['stopping', 'stopping']);
    assert.equal(operation.result, null);
  });

  it('lays attempt, last error and heartbeat of the step under way over it', async (t) => {
    const { reimage, vm, request } = await standIn(t);
    await reimage.start({ ...request, reason: 'with an activity' });
    await eventually(
      'the second attempt shows',
      async () => (await reimage.get(vm)).progress?.lastError === '503 from JD Cloud',
    );
    await eventually(
      'the heartbeat shows',
      async () => (await reimage.get(vm)).progress?.observedStatus === 'stopping',
    );
    const { progress } = await reimage.get(vm);
    assert.deepEqual([progress?.attempts, progress?.lastError], [3, 'JD Cloud answered 503']);
  });

  it('works without a worker, and says that none answered', async (t) => {
    const { reimage, worker, vm, request } = await standIn(t);
    await reimage.start(request);
    await reimage.get(vm);
    await worker.stop();
    const operation = await reimage.get(vm);
    assert.equal(operation.status, 'running');
    assert.equal(operation.progress, null);
    assert.match(operation.note ?? '', /^no worker answered: /);
    assert.equal(operation.phase, 'validating');
  });

  it('tells that a VM was never rebuilt', async (t) => {
    const { reimage, vm } = await standIn(t);
    await assert.rejects(reimage.get(vm), (error) => {
      assert.ok(error instanceof ReimageNotFoundError);
      assert.equal(error.failure.type, 'OperationNotFound');
      assert.match(error.message, new RegExp(`default knows of no rebuild of ${vm.instanceId} in cn-north-1`));
      return true;
    });
  });
});

describe('get of an older run', () => {
  it('shows how that one ended, while a later one is under way', async (t) => {
    const { client, reimage, request } = await standIn(t);
    const first = await reimage.start(request);
    await endStandIn(client, first, 'VmInError');
    await reimage.wait(first);
    await reimage.start(request);
    const { status, result } = await reimage.get(first);
    assert.deepEqual([status, result?.failure?.type], ['failed', 'VmInError']);
  });
});

describe('wait', () => {
  it('gives the result of a rebuild that is done', async (t) => {
    const { client, reimage, request } = await standIn(t);
    const operation = await reimage.start({ ...request, requestedBy: 'ops' });
    const waiting = reimage.wait(operation);
    await endStandIn(client, operation, 'done');
    const result = await waiting;
    assert.deepEqual([result.outcome, result.requestedBy], ['done', 'ops']);
    assert.deepEqual((await reimage.get(operation)).result, result);
  });

  it('gives a failed rebuild as a result, as the workflow wrote it', async (t) => {
    const { client, reimage, vm, request } = await standIn(t);
    await endStandIn(client, await reimage.start(request), 'VmInError');
    const { outcome, failure } = await reimage.wait(vm);
    assert.equal(outcome, 'failed');
    assert.deepEqual([failure?.type, failure?.requestId, failure?.next], ['VmInError', 'req-1', 'ticket']);
  });

  it('reports progress while it waits', async (t) => {
    const { client, reimage, request } = await standIn(t);
    const operation = await reimage.start(request);
    const seen: Operation[] = [];
    const waiting = reimage.wait(operation, { onProgress: (now) => seen.push(now), progressIntervalMs: 20 });
    await eventually('three looks', () => seen.length >= 3);
    await endStandIn(client, operation, 'done');
    assert.equal((await waiting).outcome, 'done');
    assert.equal(seen[0]?.progress?.phase, 'stopping');
  });

  it('ends by its signal and leaves the rebuild alone', async (t) => {
    const { reimage, vm, request } = await standIn(t);
    const operation = await reimage.start(request);
    const reason = new Error('enough');
    const stop = new AbortController();
    const waiting = reimage.wait(operation, {
      signal: stop.signal,
      onProgress: () => stop.abort(reason),
      progressIntervalMs: 20,
    });
    await assert.rejects(waiting, (error) => error === reason);
    await assert.rejects(reimage.wait(operation, { signal: stop.signal }), (error) => error === reason);
    assert.equal((await reimage.get(vm)).status, 'running');
  });

  it('leaves no listeners behind, however long it waits', async (t) => {
    const { client, reimage, request } = await standIn(t);
    const operation = await reimage.start(request);
    const warnings: Error[] = [];
    const hear = (warning: Error) => warnings.push(warning);
    process.on('warning', hear);
    t.after(() => process.off('warning', hear));
    const { signal } = new AbortController();
    let looks = 0;
    let most = 0;
    const onProgress = () => {
      looks += 1;
      most = Math.max(most, getEventListeners(signal, 'abort').length);
    };
    const waiting = reimage.wait(operation, { signal, onProgress, progressIntervalMs: 1 });
    await eventually('thirty looks', () => looks > 30);
    await endStandIn(client, operation, 'done');
    await waiting;
    assert.equal(most, 1);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    assert.deepEqual(warnings, []);
  });

  it('waits for the run that is named, not for a later one', async (t) => {
    const { client, reimage, request } = await standIn(t);
    const first = await reimage.start(request);
    await endStandIn(client, first, 'VmInError');
    await reimage.wait(first);
    await reimage.start(request);
    assert.equal((await reimage.wait(first)).outcome, 'failed');
  });
});

describe('a run that ended without a word', () => {
  for (const [how, outcome, type, says] of [
    ['terminated', 'failed', 'Unexpected', /TERMINATED: by an admin/],
    ['failed without details', 'failed', 'VmInError', /the VM is in error/],
    ['cancelled without a memo', 'cancelled', 'Cancelled', /left no result/],
  ] as const) {
    it(`gets an honest result when it was ${how}`, async (t) => {
      const { client, reimage, request } = await standIn(t);
      const { operationId, runId } = await reimage.start({ ...request, reason: 'leave no word', requestedBy: 'ops' });
      await reimage.get(request);
      if (how === 'terminated') await client.workflow.getHandle(operationId, runId).terminate('by an admin');
      else if (how === 'cancelled without a memo') await reimage.cancel(request);
      else await endStandIn(client, { operationId, runId }, 'failed without a word');
      const result = await reimage.wait({ ...request, runId });
      assert.deepEqual([result.outcome, result.failure?.type, result.requestedBy], [outcome, type, 'ops']);
      assert.match(result.failure?.message ?? '', says);
      assert.deepEqual(result.imageAfter, null);
      assert.deepEqual((await reimage.get(request)).result, result);
    });
  }

  it('is an error when it is done with something unreadable', async (t) => {
    const { client, reimage, request } = await standIn(t);
    const operation = await reimage.start(request);
    await endStandIn(client, operation, 'rubbish');
    await assert.rejects(reimage.wait(operation), /cannot read/);
  });
});

describe('cancel', () => {
  it('ends a rebuild under way, whose result comes from the memo', async (t) => {
    const { reimage, request } = await standIn(t);
    await reimage.start(request);
    const operation = await reimage.cancel(request);
    assert.equal(operation.operationId, rebuildWorkflowId(request));
    const result = await reimage.wait(operation);
    assert.deepEqual([result.outcome, result.imageBefore], ['cancelled', 'img-old']);
    assert.equal((await reimage.get(request)).status, 'cancelled');
  });

  it('gives a hold up that a cancellation from before does not end', async (t) => {
    const { client, reimage, request } = await standIn(t);
    const operation = await reimage.start({ ...request, reason: 'too late to cancel' });
    const { gaveUp } = await reimage.cancel(request, { by: 'alice' });
    await eventually('it has gone on', async () => (await reimage.get(request)).progress?.cancelRequestedAt != null);
    await holdStandIn(client, operation, HELD);
    await eventually('it is held', async () => (await reimage.get(request)).phase === 'held');
    assert.deepEqual([gaveUp, await decisionsOf(client, operation)], [undefined, []]);

    assert.equal((await reimage.cancel(request, { by: 'alice' })).gaveUp, true);
    const [{ at: _, ...taken } = assert.fail()] = await decisionsOf(client, operation);
    assert.deepEqual(taken, { decision: 'give-up', reason: 'cancelled', by: 'alice' });
  });

  it('cancels a hold that was not cancelled before, and decides nothing', async (t) => {
    const { client, reimage, request } = await standIn(t);
    const operation = await reimage.start(request);
    await holdStandIn(client, operation, HELD);
    await eventually('it is held', async () => (await reimage.get(request)).phase === 'held');
    assert.equal((await reimage.cancel(request)).gaveUp, undefined);
    assert.equal((await reimage.wait(operation)).outcome, 'cancelled');
    assert.deepEqual(await decisionsOf(client, operation), []);
  });

  it('refuses when none is under way, and says how the last one ended', async (t) => {
    const { client, reimage, request } = await standIn(t);
    await assert.rejects(reimage.cancel(request), ReimageNotFoundError);
    const operation = await reimage.start(request);
    await endStandIn(client, operation, 'done');
    await reimage.wait(operation);
    await assert.rejects(reimage.cancel(request), (error) => {
      return error instanceof ReimageNotFoundError && /the last one ended done at \d{4}/.test(error.message);
    });
  });
});

describe('list', () => {
  it('narrows by region, phase, running and limit', async (t) => {
    const { client, reimage, request } = await standIn(t);
    const regionId = `r-${request.instanceId.slice(2)}`;
    const runs: Operation[] = [];
    for (const instanceId of ['i-1', 'i-2', 'i-3'])
      runs.push(await reimage.start({ ...request, regionId, instanceId }));
    t.after(async () => {
      for (const { operationId } of runs)
        await client.workflow
          .getHandle(operationId)
          .terminate()
          .catch(() => undefined);
    });
    const ids = async (query: object) =>
      (await reimage.list({ regionId, ...query })).map(({ instanceId }) => instanceId).toSorted();
    await endStandIn(client, runs[0] ?? assert.fail(), 'done');
    await eventually(
      'all are indexed',
      async () => (await ids({ running: false })).length === 1 && (await ids({})).length === 3,
    );
    assert.deepEqual(await ids({ running: true }), ['i-2', 'i-3']);
    assert.deepEqual(await ids({ running: false }), ['i-1']);
    assert.deepEqual(await ids({ phase: 'rebuilding' }), []);
    assert.equal((await ids({ phase: 'validating' })).length, 3);
    assert.equal((await ids({ limit: 2 })).length, 2);
  });
});
