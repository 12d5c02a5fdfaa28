import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RebuildResult, RollbackOptionsInput } from '../../client/index.js';
import { eventually } from '../fixtures/eventually.js';
import {
  AT,
  BY,
  CHECK,
  endedWith,
  ERASED,
  failsWith,
  HELD,
  newRollback,
  rebuilt,
  requestIn,
  WITH_BACKUP,
} from './rollback-run.js';
import { standIn } from './stand-in/set-up.js';
import { endStandIn, holdStandIn } from './stand-in/worker.js';

describe('rollback of a rebuild that has ended', () => {
  it('starts a rebuild onto the backup, with the login inside it and the power state of before', async (t) => {
    const { client, reimage, vm, last } = await rebuilt(t, {
      ...WITH_BACKUP,
      power: { before: 'stopped', after: 'running' },
    });
    const operation = await reimage.rollback(vm, BY);
    assert.notEqual(operation.runId, last.runId);
    assert.deepEqual(
      [operation.status, operation.imageId, operation.requestedBy, operation.rollbackOf],
      ['running', 'img-backup', 'alice', last.runId],
    );
    assert.match(operation.reason ?? '', /^rollback of the rebuild of \d{4}-/);
    const request = await requestIn(client, operation.operationId);
    const { imageInherit, keyNames, power, backup, onFailure, healthChecks } = request;
    assert.deepEqual(
      [imageInherit, keyNames, power, backup, onFailure, healthChecks],
      ['yes', undefined, 'stopped', 'none', 'leave', []],
    );
  });

  it('without a backup goes back to the former image, with the earlier login, and says that data is lost', async (t) => {
    const { reimage, vm } = await rebuilt(t, ERASED);
    const { imageId, from, dataLost, request } = newRollback(await reimage.planRollback(vm, BY));
    assert.deepEqual([imageId, from, dataLost], ['img-old', 'former-image', true]);
    assert.deepEqual([request.keyNames, request.imageInherit], [['ops'], undefined]);
  });

  it('takes the health checks over from the earlier request, but not the override of a protection', async (t) => {
    const { reimage, vm } = await rebuilt(t, ERASED, { healthChecks: [CHECK], overrideProtection: 'agreed' });
    const { request } = newRollback(await reimage.planRollback(vm, BY));
    assert.deepEqual([request.healthChecks.length, request.healthChecks[0]?.kind], [1, 'tcp']);
    assert.equal(request.overrideProtection, undefined);
    const anew = newRollback(await reimage.planRollback(vm, { ...BY, overrideProtection: 'agreed again' }));
    assert.equal(anew.request.overrideProtection, 'agreed again');
  });

  it('takes a login, a way back and a reason that are given', async (t) => {
    const { reimage, vm } = await rebuilt(t, WITH_BACKUP);
    const options = { ...BY, to: 'former-image', passwordRef: 'env:PW', reason: 'ticket 7' } as const;
    const { imageId, request } = newRollback(await reimage.planRollback(vm, options));
    assert.deepEqual(
      [imageId, request.passwordRef, request.keyNames, request.reason],
      ['img-old', 'env:PW', undefined, 'ticket 7'],
    );
  });

  it('given an image, takes that one, and knows the backup again', async (t) => {
    const { reimage, vm } = await rebuilt(t, WITH_BACKUP);
    const other = newRollback(await reimage.planRollback(vm, { ...BY, imageId: 'img-other' }));
    assert.deepEqual([other.imageId, other.from, other.dataLost], ['img-other', 'named', true]);
    const backup = newRollback(await reimage.planRollback(vm, { ...BY, imageId: 'img-backup' }));
    assert.deepEqual([backup.from, backup.dataLost, backup.request.imageInherit], ['backup', false, 'yes']);
  });

  it('given a run that was terminated, goes back to the backup that its search attributes name', async (t) => {
    const { client, reimage, vm, request } = await standIn(t);
    const last = await reimage.start({ ...request, imageId: 'img-new' });
    await holdStandIn(client, last, HELD);
    await eventually('the backup shows', async () => (await reimage.get(vm)).backupImageId === 'img-backup');
    await client.workflow.getHandle(last.operationId, last.runId).terminate('by an admin');
    const { imageId, from, request: anew } = newRollback(await reimage.planRollback(vm, BY));
    assert.deepEqual([imageId, from, anew.power], ['img-backup', 'backup', 'as-was']);
  });

  it('erases only an image that the last rebuild has put on, or may have left as it was', async (t) => {
    const back = {
      imageId: 'img-backup',
      source: 'backup',
      dataLost: false,
      startedAt: AT,
      outcome: 'failed',
    } as const;
    const rows: { told: Partial<RebuildResult>; options?: object; only: string[] }[] = [
      { told: WITH_BACKUP, only: ['img-new'] },
      { told: { ...WITH_BACKUP, imageAfter: 'img-theirs' }, only: ['img-new'] },
      { told: { ...WITH_BACKUP, imageAfter: null }, only: ['img-new', 'img-old'] },
      { told: { ...WITH_BACKUP, rollbacks: [back] }, options: { imageId: 'img-x' }, only: ['img-new', 'img-backup'] },
      { told: WITH_BACKUP, options: { fromImageId: 'img-theirs' }, only: ['img-theirs'] },
    ];
    for (const { told, options, only } of rows) {
      const { reimage, vm } = await rebuilt(t, told);
      const { request } = newRollback(await reimage.planRollback(vm, { ...BY, ...options }));
      assert.deepEqual(request.onlyFromImages, only);
    }
  });

  it('wants the present image named where nothing tells which one the last rebuild put on', async (t) => {
    const { reimage, vm } = await rebuilt(t, { ...WITH_BACKUP, imageBefore: null }, { imageId: undefined });
    await assert.rejects(reimage.planRollback(vm, BY), failsWith('InvalidInput', /fromImageId/));
    const { request } = newRollback(await reimage.planRollback(vm, { ...BY, fromImageId: 'img-1' }));
    assert.deepEqual(request.onlyFromImages, ['img-1']);
  });

  it('says when nobody knows whether the disk was erased', async (t) => {
    const failure = {
      type: 'RebuildOutcomeUnknown',
      message: '?',
      requestId: null,
      state: null,
      next: 'look',
    } as const;
    const { reimage, vm } = await rebuilt(t, { outcome: 'failed', apiCalls: [], imageAfter: 'img-old', failure });
    const { imageId, outcomeUnknown } = newRollback(await reimage.planRollback(vm, BY));
    assert.deepEqual([imageId, outcomeUnknown], ['img-old', true]);
  });

  it('given the same request id twice, starts one rebuild', async (t) => {
    const { reimage, vm } = await rebuilt(t, WITH_BACKUP);
    const first = await reimage.rollback(vm, { ...BY, requestId: 'r-1' });
    const second = await reimage.rollback(vm, { ...BY, requestId: 'r-1' });
    assert.equal(first.runId, second.runId);
  });

  it('given the request id of another rollback, is refused and names what differs', async (t) => {
    const { reimage, vm } = await rebuilt(t, WITH_BACKUP);
    const first = await reimage.rollback(vm, { ...BY, requestId: 'r-1' });
    const others: readonly (readonly [Partial<RollbackOptionsInput>, RegExp])[] = [
      [{ imageId: 'img-other', imageInherit: 'yes' }, /imageId \(\S+, now img-other\)/],
      [{ keyNames: ['dev'] }, /keyNames \(none, now dev\)/],
      [{ overrideProtection: 'agreed' }, /overrideProtection/],
      [{ to: 'former-image' }, /imageId/],
    ];
    for (const [more, says] of others) {
      const options = { ...BY, requestId: 'r-1', ...more };
      await assert.rejects(reimage.rollback(vm, options), failsWith('RequestIdReused', says));
      await assert.rejects(
        reimage.findByRequestId(vm, 'r-1', { rollback: options }),
        failsWith('RequestIdReused', says),
      );
    }
    const { imageId } = first;
    await assert.rejects(
      reimage.start({ ...vm, imageId: imageId ?? '', imageInherit: 'yes', requestId: 'r-1' }),
      failsWith('RequestIdReused', /that was a rollback, and this is a rebuild/),
    );
    assert.equal((await reimage.rollback(vm, { ...BY, requestId: 'r-1', to: 'backup' })).runId, first.runId);
  });

  it('touches nothing for one that is no longer the last', async (t) => {
    const stand = await rebuilt(t, WITH_BACKUP);
    await endedWith(stand, ERASED, { imageId: 'img-newer' });
    await assert.rejects(
      stand.reimage.rollback(stand.last, BY),
      failsWith('ConcurrentChange', /Another rebuild of i-\S+ came after/),
    );
    assert.equal((await stand.reimage.get(stand.vm)).status, 'failed');
  });
});

const refused: { name: string; told: Partial<RebuildResult>; options?: object; says: RegExp }[] = [
  {
    name: 'that ended before its rebuild call',
    told: { outcome: 'failed', imageAfter: 'img-old', apiCalls: [{ operation: 'stopInstance', requestId: 'r' }] },
    says: /nothing was erased/,
  },
  {
    name: 'that has put the VM back already',
    told: {
      ...WITH_BACKUP,
      rollbacks: [{ imageId: 'img-backup', source: 'backup', dataLost: false, startedAt: AT, outcome: 'done' }],
    },
    says: /has put it back already/,
  },
  {
    name: 'onto the image that the VM had, without a backup',
    told: { ...ERASED, imageBefore: 'img-new', imageAfter: 'img-new' },
    says: /once more for img-new, which is on it, would mend nothing/,
  },
  { name: 'without a backup, to its backup', told: ERASED, options: { to: 'backup' }, says: /made no backup/ },
  {
    name: 'that never saw the VM',
    told: { ...ERASED, imageBefore: null, imageAfter: null },
    says: /nothing tells which image/,
  },
];

describe('rollback is refused, unless an image is named,', () => {
  for (const { name, told, options, says } of refused) {
    it(`after a rebuild ${name}`, async (t) => {
      const { reimage, vm } = await rebuilt(t, told);
      await assert.rejects(reimage.rollback(vm, { ...BY, ...options }), failsWith('OperationNotFound', says));
      const named = newRollback(await reimage.planRollback(vm, { ...BY, imageId: 'img-x' }));
      assert.equal(named.request.imageId, 'img-x');
    });
  }

  it('after a rollback that was started this way, which names its image', async (t) => {
    const stand = await rebuilt(t, WITH_BACKUP);
    const rollback = await stand.reimage.rollback(stand.vm, BY);
    await endStandIn(stand.client, rollback, ERASED);
    await stand.reimage.wait(rollback);
    await assert.rejects(
      stand.reimage.rollback(stand.vm, BY),
      failsWith('OperationNotFound', /the last rebuild was a rollback itself, onto img-backup/),
    );
  });
});

describe('whether anything was erased', () => {
  const erased: { name: string; told: Partial<RebuildResult> }[] = [
    { name: 'a rebuild call that JD Cloud has taken', told: ERASED },
    {
      name: 'a call whose answer was lost, while the VM was started',
      told: { timeline: [{ phase: 'starting', startedAt: AT, finishedAt: AT }] },
    },
    { name: 'a VM last seen in rebuilding', told: { power: { before: 'running', after: 'rebuilding' } } },
    { name: 'another image at the end', told: { imageAfter: 'img-new' } },
    { name: 'a rebuild that is done', told: { outcome: 'done' } },
  ];
  for (const { name, told } of erased) {
    it(`is shown by ${name}`, async (t) => {
      const { reimage, vm } = await rebuilt(t, { outcome: 'failed', apiCalls: [], imageAfter: 'img-old', ...told });
      assert.equal(newRollback(await reimage.planRollback(vm, BY)).imageId, 'img-old');
    });
  }
});
