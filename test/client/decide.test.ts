import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ReimageBusyError, ReimageError, ReimageNotFoundError, type Held } from '../../client/index.js';
import { standIn } from './stand-in/set-up.js';
import { decisionsOf, endStandIn, holdStandIn } from './stand-in/worker.js';

const HELD: Held = {
  since: '2026-11-24T06:00:00.000Z',
  deadlineAt: '2026-11-25T06:00:00.000Z',
  atDeadline: 'give-up',
  failure: { type: 'HealthCheckFailed', message: 'tcp 10.0.0.4:22: connection refused' },
  choices: ['retry', 'accept', 'give-up'],
};
const RETRY = { decision: 'retry', reason: 'the network was down', by: 'alice' } as const;

/** A stand-in rebuild that is held. */
async function heldStandIn(t: TestContext, held: Held = HELD) {
  const stand = await standIn(t);
  const operation = await stand.reimage.start({ ...stand.request, requestedBy: 'ops' });
  await holdStandIn(stand.client, operation, held);
  return { ...stand, operation };
}

const failsWith = (type: string, says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ReimageError, String(error));
  assert.equal(error.failure.type, type);
  assert.match(error.message, says);
  return true;
};

describe('decide', () => {
  it('hands a decision to a held rebuild, and answers what was taken', async (t) => {
    const { client, reimage, vm, operation } = await heldStandIn(t);
    assert.deepEqual((await reimage.get(vm)).progress?.held, HELD);
    const { at, ...taken } = await reimage.decide(vm, RETRY);
    assert.deepEqual(taken, RETRY);
    assert.deepEqual(await decisionsOf(client, operation), [{ ...RETRY, at }]);
  });

  it('given the same decision on the same hold twice, decides once', async (t) => {
    const { client, reimage, vm, operation } = await heldStandIn(t);
    const decision = { ...RETRY, reason: 'stay held' };
    const [first, second] = [await reimage.decide(vm, decision), await reimage.decide(vm, decision)];
    assert.deepEqual(first, second);
    await reimage.decide(vm, { ...decision, by: 'bob' });
    assert.deepEqual(
      (await decisionsOf(client, operation)).map(({ by }) => by),
      ['alice', 'bob'],
    );
  });

  it('given the same decision on a later hold of the run, decides anew', async (t) => {
    const { client, reimage, vm, operation } = await heldStandIn(t);
    await reimage.decide(vm, RETRY);
    await holdStandIn(client, operation, { ...HELD, since: '2026-11-24T06:10:00.000Z' });
    await reimage.decide(vm, RETRY);
    assert.equal((await decisionsOf(client, operation)).length, 2);
  });

  it('given the hold that is meant, does not decide another that came meanwhile', async (t) => {
    const { client, reimage, vm, operation } = await heldStandIn(t);
    const meant = { ...RETRY, heldSince: HELD.since };
    await holdStandIn(client, operation, { ...HELD, since: '2026-11-24T06:10:00.000Z' });
    await assert.rejects(reimage.decide(vm, meant), failsWith('DecisionRefused', /held anew, since 2026-11-24T06:10/));
    await holdStandIn(client, operation, HELD);
    await reimage.decide(vm, meant);
    assert.equal((await decisionsOf(client, operation)).length, 1);
  });

  it('refuses what the rebuild does not wait for, and says what it waits for', async (t) => {
    const { client, reimage, vm, operation } = await heldStandIn(t);
    await assert.rejects(
      reimage.decide(vm, { ...RETRY, decision: 'rollback' }),
      failsWith('DecisionRefused', /rollback cannot be decided: there is retry, accept, give-up/),
    );
    await reimage.decide(vm, RETRY);
    await assert.rejects(reimage.decide(vm, RETRY), failsWith('DecisionRefused', /it is in phase stopping/));
    assert.equal((await decisionsOf(client, operation)).length, 1);
  });

  it('passes the refusal of the workflow on, as when somebody else was faster', async (t) => {
    const { reimage, vm } = await heldStandIn(t);
    await assert.rejects(
      reimage.decide(vm, { ...RETRY, reason: 'too late' }),
      failsWith('DecisionRefused', /bob has decided already/),
    );
  });

  it('refuses where no rebuild is under way, and says how the last one ended', async (t) => {
    const { client, reimage, vm, operation } = await heldStandIn(t);
    await endStandIn(client, operation, 'VmInError');
    await reimage.wait(operation);
    await assert.rejects(reimage.decide(vm, RETRY), ReimageNotFoundError);
    await assert.rejects(reimage.decide(vm, RETRY), failsWith('OperationNotFound', /the last one ended failed at/));
  });

  it('without a worker says so in time, and leaves nothing behind for one that comes later', async (t) => {
    const { reimage, worker, vm } = await heldStandIn(t);
    await worker.stop();
    await assert.rejects(reimage.decide(vm, RETRY), failsWith('NoWorker', /^Nothing was decided, since no worker/));
  });

  it('given a worker that takes it and does not answer, admits that it may have been taken', async (t) => {
    const { reimage, vm } = await heldStandIn(t);
    await assert.rejects(
      reimage.decide(vm, { ...RETRY, reason: 'no answer' }, { workerTimeoutMs: 3_000 }),
      failsWith('NoWorker', /in time. One that comes later may still take it/),
    );
  });

  it('names the field that is wrong', async (t) => {
    const { reimage, vm } = await standIn(t);
    await assert.rejects(reimage.decide(vm, { ...RETRY, reason: ' ' }), failsWith('InvalidInput', /reason: /));
  });

  it('is what a start is told to do while the VM is held', async (t) => {
    const { reimage, vm, request } = await heldStandIn(t);
    assert.equal((await reimage.get(vm)).phase, 'held');
    await assert.rejects(reimage.start(request), (error) => {
      assert.ok(error instanceof ReimageBusyError);
      assert.equal(error.holder.phase, 'held');
      return error.failure.next.startsWith('Decide it with `reimage decide`');
    });
  });
});
