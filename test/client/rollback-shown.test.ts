import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReimageBusyError } from '../../client/index.js';
import { standIn } from './stand-in/set-up.js';
import { decisionsOf, endStandIn, holdStandIn } from './stand-in/worker.js';

import { BY, WITH_BACKUP, HELD, failsWith, rebuilt, newRollback, requestIn } from './rollback-run.js';

describe('rollback as it was shown', () => {
  it('decides the hold that was shown, and no other of the same run', async (t) => {
    const { client, reimage, vm, request } = await standIn(t);
    const held = await reimage.start(request);
    await holdStandIn(client, held, HELD);
    const asShown = await reimage.planRollback(vm, BY);
    await holdStandIn(client, held, { ...HELD, since: '2026-11-24T06:10:00.000Z' });
    await assert.rejects(
      reimage.rollback(vm, BY, { asShown }),
      failsWith('ConcurrentChange', /then .* held since 2026-11-24T06:00.*; now .* held since 2026-11-24T06:10/),
    );
    assert.deepEqual(await decisionsOf(client, held), []);
    await reimage.rollback(vm, BY, { asShown: await reimage.planRollback(vm, BY) });
    assert.equal((await decisionsOf(client, held)).length, 1);
  });

  it('given a held rebuild that ended meanwhile, starts no other', async (t) => {
    const { client, reimage, vm, request } = await standIn(t);
    const held = await reimage.start(request);
    await holdStandIn(client, held, HELD);
    const asShown = await reimage.planRollback(vm, BY);
    await endStandIn(client, held, WITH_BACKUP);
    await reimage.wait(held);
    await assert.rejects(
      reimage.rollback(vm, BY, { asShown }),
      failsWith('ConcurrentChange', /then a decision on .*; now a new rebuild after .* onto img-backup/),
    );
    assert.equal((await reimage.get(vm)).runId, held.runId);
  });

  it('starts the rebuild that was shown, and none onto another image or after another run', async (t) => {
    const stand = await rebuilt(t, WITH_BACKUP);
    const { reimage, vm, last } = stand;
    const asShown = newRollback(await reimage.planRollback(vm, BY));
    for (const other of [
      { ...asShown, imageId: 'img-x' },
      { ...asShown, operation: { ...asShown.operation, runId: 'r' } },
    ]) {
      await assert.rejects(reimage.rollback(vm, BY, { asShown: other }), failsWith('ConcurrentChange', /img-x|run r,/));
    }
    assert.equal((await reimage.get(vm)).runId, last.runId);
    assert.equal((await reimage.rollback(vm, BY, { asShown })).imageId, 'img-backup');
  });
});

describe('rollback of a VM that may have one of several images', () => {
  it('erases the one only that was shown', async (t) => {
    const { client, reimage, vm } = await rebuilt(t, { ...WITH_BACKUP, imageAfter: null });
    const plan = newRollback(await reimage.planRollback(vm, BY));
    assert.deepEqual(plan.request.onlyFromImages, ['img-new', 'img-old']);
    await assert.rejects(
      reimage.rollback(vm, BY, { asShown: { ...plan, presentImageId: 'img-theirs' } }),
      failsWith('ConcurrentChange', /shown with image img-theirs; this rollback erases img-new or img-old only/),
    );
    const { operationId } = await reimage.rollback(vm, BY, { asShown: { ...plan, presentImageId: 'img-old' } });
    assert.deepEqual((await requestIn(client, operationId)).onlyFromImages, ['img-old']);
  });
});

describe('rollback while a rebuild is under way', () => {
  it('decides one that is held', async (t) => {
    const { client, reimage, vm, request } = await standIn(t);
    const held = await reimage.start(request);
    await holdStandIn(client, held, HELD);
    assert.equal((await reimage.planRollback(vm, BY)).kind, 'decide');
    const operation = await reimage.rollback(vm, { ...BY, reason: 'ticket 7' });
    assert.equal(operation.runId, held.runId);
    const [{ decision, by, reason } = assert.fail()] = await decisionsOf(client, held);
    assert.deepEqual([decision, by, reason], ['rollback', 'alice', 'ticket 7']);
  });

  it('refuses for one that is held what only a new rebuild could do', async (t) => {
    const { client, reimage, vm, request } = await standIn(t);
    const held = await reimage.start(request);
    await holdStandIn(client, held, HELD);
    for (const options of [{ imageId: 'img-x' }, { to: 'backup' as const }, { keyNames: ['ops'] }]) {
      const [field = ''] = Object.keys(options);
      await assert.rejects(
        reimage.rollback(vm, { ...BY, ...options }),
        failsWith('InvalidInput', new RegExp(`${field}: is for a rebuild that has ended`)),
      );
    }
    assert.deepEqual(await decisionsOf(client, held), []);
  });

  it('refuses one that works, and says in which phase', async (t) => {
    const { reimage, request } = await standIn(t);
    await reimage.start(request);
    await assert.rejects(reimage.rollback(request, BY), (error) => {
      return error instanceof ReimageBusyError && /phase stopping/.test(error.message);
    });
  });

  it('refuses where the VM was never rebuilt', async (t) => {
    const { reimage, vm } = await standIn(t);
    await assert.rejects(reimage.rollback(vm, BY), failsWith('OperationNotFound', /knows of no rebuild/));
  });

  it('wants to know who asks', async (t) => {
    const { reimage, vm } = await standIn(t);
    const nobody: { requestedBy: string } = { requestedBy: '' };
    await assert.rejects(reimage.rollback(vm, nobody), failsWith('InvalidInput', /requestedBy/));
  });
});
