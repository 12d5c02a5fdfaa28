import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReimageBusyError, ReimageError, ReimageInvalidInputError, ReimageNotFoundError } from '../../client/index.js';
import { rebuildWorkflowId } from '../../contracts/ids.js';
import { eventually } from '../fixtures/eventually.js';
import { standIn } from './stand-in/set-up.js';
import { endStandIn } from './stand-in/worker.js';

describe('start of a rebuild', () => {
  it('returns a running operation that carries who asked, why and with which request id', async (t) => {
    const { reimage, request } = await standIn(t);
    const operation = await reimage.start({
      ...request,
      imageId: 'img-new',
      requestId: 'r-1',
      requestedBy: 'ops',
      reason: '换系统',
    });
    assert.equal(operation.status, 'running');
    assert.equal(operation.operationId, rebuildWorkflowId(request));
    assert.equal(operation.phase, 'validating');
    assert.deepEqual(
      [operation.imageId, operation.requestedBy, operation.reason, operation.requestId],
      ['img-new', 'ops', '换系统', 'r-1'],
    );
  });

  it('fills the defaults in before the history is written', async (t) => {
    const { client, reimage, request } = await standIn(t);
    const { operationId } = await reimage.start(request);
    const { events } = await client.workflow.getHandle(operationId).fetchHistory();
    const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    const input: unknown = JSON.parse(Buffer.from(payload ?? []).toString());
    assert.match(JSON.stringify(input), /"power":"as-was".*"stoppingSeconds":900/);
  });

  it('refuses a second one as busy, also with the same input, and says who holds the VM', async (t) => {
    const { reimage, request } = await standIn(t);
    const first = await reimage.start({ ...request, requestedBy: 'alice' });
    await assert.rejects(reimage.start({ ...request, requestedBy: 'alice' }), (error) => {
      assert.ok(error instanceof ReimageBusyError);
      assert.equal(error.failure.type, 'OperationInProgress');
      assert.equal(error.holder.runId, first.runId);
      assert.equal(error.holder.since, first.startedAt);
      assert.match(error.message, /alice.*phase validating/);
      return true;
    });
    await assert.rejects(reimage.start({ ...request, requestId: 'r-other' }), ReimageBusyError);
  });

  it('given a request id that is under way, returns that rebuild', async (t) => {
    const { reimage, request } = await standIn(t);
    const first = await reimage.start({ ...request, requestId: 'r-2' });
    const again = await reimage.start({ ...request, requestId: 'r-2' });
    assert.equal(again.runId, first.runId);
    assert.equal(again.progress?.phase, 'stopping');
  });

  it('given a request id whose rebuild has ended, returns its result and starts nothing', async (t) => {
    const { client, reimage, request } = await standIn(t);
    const first = await reimage.start({ ...request, requestId: 'r-3' });
    await endStandIn(client, first, 'done');
    await reimage.wait(first);
    const again = await reimage.start({ ...request, requestId: 'r-3' });
    assert.equal(again.runId, first.runId);
    assert.equal(again.result?.outcome, 'done');
  });

  for (const requestId of ['r-5', `it's-"odd"-\\-%_*`]) {
    it(`given the request id ${requestId} of an older rebuild, finds it behind a newer one`, async (t) => {
      const { client, reimage, vm, request } = await standIn(t);
      const first = await reimage.start({ ...request, requestId });
      await endStandIn(client, first, 'done');
      await reimage.wait(first);
      const second = await reimage.start({ ...request, requestId: 'r-newer' });
      await eventually(
        'the first rebuild is indexed',
        async () => (await reimage.findByRequestId(vm, requestId)) !== null,
      );
      const again = await reimage.start({ ...request, requestId });
      assert.equal(again.runId, first.runId);
      assert.equal((await reimage.get(vm)).runId, second.runId);
      assert.equal(await reimage.findByRequestId(vm, 'r-unknown'), null);
    });
  }

  it('given the request id of another request, running or ended, is refused and names what differs', async (t) => {
    const { client, reimage, vm, request } = await standIn(t);
    const { imageInherit: _, ...bare } = request;
    const asked = { ...bare, imageId: 'img-a', keyNames: ['ops'], requestId: 'r-6', requestedBy: 'ana' };
    const other = {
      ...asked,
      imageId: 'img-b',
      keyNames: ['dev'],
      hostname: 'web-1',
      metadata: [{ key: 'a', value: 'b' }],
    };
    const refused = (error: unknown) => {
      assert.ok(error instanceof ReimageError && error.failure.type === 'RequestIdReused', String(error));
      assert.match(error.message, /imageId \(img-a, now img-b\)/);
      assert.match(error.message, /keyNames \(ops, now dev\)/);
      assert.match(error.message, /hostname \(none, now web-1\)/);
      assert.match(error.message, /metadata[,.]/);
      return true;
    };
    const first = await reimage.start(asked);

    await assert.rejects(reimage.start(other), refused);
    assert.equal((await reimage.start({ ...asked, requestedBy: 'bob', reason: 'again' })).runId, first.runId);
    await endStandIn(client, first, 'done');
    await reimage.wait(first);
    await assert.rejects(reimage.start(other), refused);
    await assert.rejects(reimage.findByRequestId(vm, 'r-6', { rebuild: other }), refused);
    await assert.rejects(
      reimage.rollback(vm, { requestedBy: 'ana', requestId: 'r-6' }),
      (error) => error instanceof ReimageError && /that was a rebuild, and this is a rollback/.test(error.message),
    );

    assert.equal((await reimage.start(asked)).runId, first.runId);
    assert.equal((await reimage.get(vm)).runId, first.runId, 'nothing else was started');
  });

  it('given ten starts at once with one request id, starts one rebuild', async (t) => {
    const { reimage, request } = await standIn(t);
    const all = await Promise.all(Array.from({ length: 10 }, () => reimage.start({ ...request, requestId: 'r-4' })));
    assert.equal(new Set(all.map(({ runId }) => runId)).size, 1);
  });

  it('refuses a launch script that no system would run, and starts nothing', async (t) => {
    const { reimage, vm, request } = await standIn(t);
    const userdata = [{ key: 'launch-script' as const, value: Buffer.from('#cloud-config\n').toString('base64') }];
    for (const asking of [reimage.start({ ...request, userdata }), reimage.plan({ ...request, userdata })]) {
      await assert.rejects(
        asking,
        (error) => error instanceof ReimageInvalidInputError && error.field === 'userdata.0.value',
      );
    }
    await assert.rejects(reimage.get(vm), ReimageNotFoundError);
  });

  it('refuses bad input by naming each field, and never repeats a value', async (t) => {
    const { reimage, request } = await standIn(t);
    const input = {
      ...request,
      imageInherit: 'no' as const,
      passwordRef: 'hunter2-secret',
      deadlines: { stoppingSeconds: 1 },
    };
    await assert.rejects(reimage.start(input), (error) => {
      assert.ok(error instanceof ReimageInvalidInputError);
      assert.equal(error.field, 'passwordRef');
      assert.match(error.message, /passwordRef: .*deadlines\.stoppingSeconds: /);
      assert.doesNotMatch(JSON.stringify(error.failure) + error.stack, /hunter2/);
      return true;
    });
    const misspelt = { ...request, hostName: 'web-1' };
    await assert.rejects(
      reimage.start(misspelt),
      (error) => error instanceof ReimageInvalidInputError && error.field === 'hostName',
    );
  });
});
