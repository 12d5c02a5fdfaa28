import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { holdTransition } from '../../fixtures/hold-transition.js';
import { clientLane, failsAs, untilFleetIs } from './client-lane.js';

const WHO = { by: 'bob', reason: 'looks fine' } as const;
const GATED = { canary: 1, approval: { afterCanary: 'always' } } as const;

describe('controlling a fleet', { concurrency: 2 }, () => {
  it('waits for approval of its digest and of no other, and goes on by it', async (t) => {
    const lane = await clientLane(t, { size: 3 });
    const { fleets } = lane.reimage;
    const fleet = await fleets.start(
      lane.spec({ ...GATED, approval: { afterCanary: 'always', preventSelfApproval: true } }),
    );
    const { planDigest } = await untilFleetIs(lane, fleet, 'the gate', ({ status }) => status === 'awaiting-approval');
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 1);

    await assert.rejects(
      fleets.approve(fleet, { ...WHO, planDigest, gate: 'before wave 2' }),
      failsAs('DecisionRefused', /waits for approval after the canary/),
    );
    await assert.rejects(
      fleets.approve(fleet, { ...WHO, planDigest: 'another', gate: 'after the canary' }),
      failsAs('DecisionRefused', /has the digest/),
    );
    await assert.rejects(
      fleets.approve(fleet, { ...WHO, by: 'ana', planDigest, gate: 'after the canary' }),
      failsAs('DecisionRefused', /Another person has to approve than ana, who started the fleet\./),
    );
    await assert.rejects(
      fleets.approve(fleet, { ...WHO, planDigest: null, gate: 'after the canary' }),
      failsAs('InvalidInput', /planDigest: .*--digest/),
    );
    const act = await fleets.approve(fleet, { ...WHO, planDigest, gate: 'after the canary' });
    assert.deepEqual([act.action, act.by, act.reason], ['approve', 'bob', 'looks fine']);
    const ended = await fleets.wait(fleet);

    assert.equal(ended.status, 'done');
    assert.deepEqual(
      ended.result?.auditEntries.map(({ action: name }) => name),
      ['gate', 'approve'],
    );
  });

  it('does an act once that is sent twice under one request id', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const fleet = await fleets.start(lane.spec(GATED));
    await untilFleetIs(lane, fleet, 'the gate', ({ status }) => status === 'awaiting-approval');

    const first = await fleets.pause(fleet, WHO, { requestId: 'r-1' });
    assert.deepEqual(await fleets.pause(fleet, WHO, { requestId: 'r-1' }), first);
    await assert.rejects(fleets.pause(fleet, WHO), failsAs('DecisionRefused', /paused already/));
    const resume = await fleets.resume(fleet, { ...WHO, pause: 1 }, { requestId: 'r-1' });
    await fleets.pause(fleet, WHO, { requestId: 'r-2' });
    assert.deepEqual(await fleets.resume(fleet, { ...WHO, pause: 1 }, { requestId: 'r-1' }), resume);
    await fleets.resume(fleet, { ...WHO, pause: 2 }, { requestId: 'r-1' });
    const { summary } = await fleets.get(fleet);
    assert.deepEqual(
      summary?.auditEntries.map(({ action }) => action),
      ['gate', 'pause', 'resume', 'pause', 'resume'],
    );
    const rejection = { ...WHO, gate: 'after the canary' };
    const rejected = await fleets.reject(fleet, rejection, { requestId: 'r-1' });
    await fleets.wait(fleet);
    assert.deepEqual(await fleets.reject(fleet, rejection, { requestId: 'r-1' }), rejected, 'its answer was lost');
    await assert.rejects(
      fleets.reject(fleet, rejection, { requestId: 'r-2' }),
      failsAs('DecisionRefused', /has ended/),
    );
  });

  it('refuses an act whose request id was used for one that said something else, naming what', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const fleet = await fleets.start(lane.spec(GATED));
    await untilFleetIs(lane, fleet, 'the gate', ({ status }) => status === 'awaiting-approval');

    const first = await fleets.set(fleet, { ...WHO, maxFailures: 1, maxHeld: 2 }, { requestId: 'r-1' });
    const again = { by: 'eve', reason: 'once more', maxFailures: 1, maxHeld: 2 };
    assert.deepEqual(await fleets.set(fleet, again, { requestId: 'r-1' }), first);
    await assert.rejects(
      fleets.set(fleet, { ...WHO, maxFailures: 2, maxHeld: 2 }, { requestId: 'r-1' }),
      failsAs('RequestIdReused', /for a set that said something else: maxFailures\./),
    );
    await assert.rejects(
      fleets.set(fleet, { ...WHO, maxUnavailable: 1 }, { requestId: 'r-1' }),
      failsAs('RequestIdReused', /maxFailures, maxHeld, maxUnavailable|maxUnavailable/),
    );

    const { summary } = await fleets.get(fleet);
    assert.deepEqual([summary?.failures.limit, summary?.held.limit], [1, 2]);
    assert.deepEqual(
      summary?.auditEntries.map(({ action }) => action),
      ['gate', 'set'],
    );
  });

  it('rejected at its gate, ends as aborted with what was done', async (t) => {
    const lane = await clientLane(t, { size: 3 });
    const { fleets } = lane.reimage;
    const fleet = await fleets.start(lane.spec(GATED));
    await untilFleetIs(lane, fleet, 'the gate', ({ status }) => status === 'awaiting-approval');

    await fleets.reject(fleet, { by: 'bob', reason: 'canary is slow', gate: 'after the canary' });
    const { status, result } = await fleets.wait(fleet);

    assert.deepEqual([status, result?.failure?.type], ['aborted', 'FleetRejected']);
    assert.match(result?.failure?.message ?? '', /canary is slow/);
    assert.deepEqual([result?.counts.done, result?.counts.waiting], [1, 2]);
    await assert.rejects(fleets.resume(fleet, { ...WHO, pause: 1 }), failsAs('DecisionRefused', /has ended/));
  });

  it('changes limits, takes VMs out, and refuses VMs that it does not have', async (t) => {
    const lane = await clientLane(t, { size: 4 });
    const { fleets } = lane.reimage;
    const fleet = await fleets.start(lane.spec(GATED));
    await untilFleetIs(lane, fleet, 'the gate', ({ status }) => status === 'awaiting-approval');
    const [last = ''] = (await fleets.members(fleet, { states: ['waiting'] })).slice(-1).map((vm) => vm.instanceId);

    await fleets.set(fleet, { ...WHO, maxUnavailable: 2, maxFailures: 1, maxHeld: 3 });
    await fleets.skip(fleet, { ...WHO, instanceIds: [last] });
    await assert.rejects(
      fleets.skip(fleet, { ...WHO, instanceIds: ['i-unknown'] }),
      failsAs('DecisionRefused', /not in this fleet/),
    );
    const { summary, planDigest } = await fleets.get(fleet);
    assert.deepEqual([summary?.unavailable.limit, summary?.failures.limit, summary?.held.limit], [2, 1, 3]);
    await fleets.approve(fleet, { ...WHO, planDigest, gate: 'after the canary' });
    const { result } = await fleets.wait(fleet);

    assert.deepEqual([result?.counts.done, result?.counts.skipped], [3, 1]);
    assert.equal(lane.cloud.journal.effective('rebuildInstance', last), 0);
  });

  it('pauses when its budget is exhausted, and puts what failed back in the queue as if it had not', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const plan = await fleets.plan(lane.spec({ canary: 0, maxUnavailable: { fleet: 1 } }));
    const [first = '', second = ''] = plan.rows.map(({ instanceId }) => instanceId);
    lane.cloud.act.setStatus(first, 'error');
    const fleet = await fleets.start(plan, { replan: false });
    const paused = await untilFleetIs(lane, fleet, 'it is paused', ({ status }) => status === 'paused');
    assert.match(paused.summary?.reason ?? '', /failure budget exhausted \(1 failed, 0 may\)/);
    const [failed] = await fleets.members(fleet, { states: ['failed'] });
    assert.deepEqual([failed?.instanceId, failed?.failure !== null], [first, true]);

    await fleets.retryFailed(fleet, WHO);
    const waiting = await fleets.members(fleet, { states: ['waiting'] });
    assert.deepEqual(
      waiting.map(({ instanceId, failure, reason }) => [instanceId, failure, reason]),
      [
        [first, null, null],
        [second, null, null],
      ],
    );
    lane.cloud.act.setStatus(first, 'running');
    await fleets.resume(fleet, { ...WHO, pause: 1 });
    const { result } = await fleets.wait(fleet);

    assert.deepEqual([result?.outcome, result?.counts.done], ['done', 2]);
  });

  it('aborted, ends once what is under way has, and starts nothing more', async (t) => {
    const lane = await clientLane(t, { size: 3 });
    const stopping = holdTransition(lane.cloud, 'stopInstance');
    const { fleets } = lane.reimage;
    const fleet = await fleets.start(lane.spec({ canary: 1 }));
    await stopping.reached();

    await fleets.abort(fleet, WHO);
    stopping.release();
    const { status, result } = await fleets.wait(fleet);

    assert.deepEqual([status, result?.failure?.type], ['aborted', 'FleetAborted']);
    assert.deepEqual([result?.counts.done, result?.counts.waiting], [1, 2]);
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 1);
  });

  it('without a worker says so in time', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const fleet = await fleets.start(lane.spec(GATED));
    await untilFleetIs(lane, fleet, 'the gate', ({ status }) => status === 'awaiting-approval');
    await lane.worker.worker.stop();

    await assert.rejects(fleets.pause(fleet, WHO, { workerTimeoutMs: 3_000 }), failsAs('NoWorker', /may still do so/));
    const seen = await fleets.get(fleet);
    assert.deepEqual([seen.status, seen.summary, seen.isRunning], ['awaiting-approval', null, true]);
    assert.match(seen.note ?? '', /no worker answered/);
  });
});
