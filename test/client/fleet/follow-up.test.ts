import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rebuildWorkflowId } from '../../../contracts/ids.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID } from '../../../simulator/model/builders.js';
import { eventually } from '../../fixtures/eventually.js';
import { holdTransition } from '../../fixtures/hold-transition.js';
import { noStart } from '../../workflows/fleet/fleet-lane.js';
import { type ClientLane, clientLane, failsAs, REGION, untilFleetIs } from './client-lane.js';

const WHO = { by: 'bob', reason: 'enough' } as const;
const GATED = { canary: 2, approval: { afterCanary: 'always' } } as const;

/** Whether the cloud has no such VM any more. */
function isGone({ cloud }: ClientLane, instanceId: string): boolean {
  try {
    cloud.vm(instanceId);
    return false;
  } catch {
    return true;
  }
}

describe('retrying a fleet', { concurrency: 2 }, () => {
  it('takes up exactly what it has left, by the same policy, linked to it', async (t) => {
    const lane = await clientLane(t, { size: 5 });
    const { fleets } = lane.reimage;
    const old = await fleets.start(lane.spec({ ...GATED, maxHeld: 3 }));
    await untilFleetIs(lane, old, 'the gate', ({ status }) => status === 'awaiting-approval');
    await assert.rejects(fleets.retry(old), failsAs('DecisionRefused', /still under way/));
    const [skipped = ''] = lane.ids.slice(-1);
    await fleets.skip(old, { ...WHO, instanceIds: [skipped] });
    await fleets.reject(old, { ...WHO, gate: 'after the canary' });
    await fleets.wait(old);
    const left = (await fleets.members(old, { states: ['waiting'] })).map(({ instanceId }) => instanceId);
    assert.equal(left.length, 2);

    const { plan, retryOf } = await fleets.planRetry(old, { requestedBy: 'eve', reason: 'once more' });
    assert.equal(retryOf, old.fleetId);
    assert.deepEqual(plan.rows.map(({ instanceId }) => instanceId).toSorted(), left.toSorted());
    assert.equal(plan.spec.rollout.maxHeld, 3);
    const retry = await fleets.start(plan, { retryOf });
    await untilFleetIs(lane, retry, 'all are done', ({ summary }) => summary === null || summary.counts.done === 2);
    const { result, requestedBy } = await fleets.wait(retry);

    assert.deepEqual([result?.outcome, requestedBy, retry.retryOf], ['done', 'eve', old.fleetId]);
    for (const id of lane.ids) {
      assert.equal(lane.cloud.journal.effective('rebuildInstance', id), id === skipped ? 0 : 1, id);
    }
    await assert.rejects(fleets.retry(retry), failsAs('DecisionRefused', /has left nothing/));
  });

  it('takes up VMs that failed, and not those that were deleted', async (t) => {
    const lane = await clientLane(t, { size: 3 });
    const { fleets } = lane.reimage;
    const [, broken = '', deleted = ''] = lane.ids;
    const plan = await fleets.plan(lane.spec({ canary: 0, maxFailures: { fleet: 3 } }));
    lane.cloud.act.remove(deleted);
    lane.cloud.act.setStatus(broken, 'error');
    const old = await fleets.start(plan, { replan: false });
    const ended = await fleets.wait(old);
    assert.deepEqual([ended.status, ended.result?.counts.failed], ['done', 2]);
    lane.cloud.act.setStatus(broken, 'running');

    const { result } = await fleets.wait(await fleets.retry(old));

    assert.deepEqual([result?.outcome, result?.counts.done], ['done', 1]);
    assert.equal(lane.cloud.journal.effective('rebuildInstance', broken), 1);
  });
});

describe('taking a fleet back', { concurrency: 2 }, () => {
  it('puts each VM that it has moved onto its former image, and leaves alone what somebody has changed', async (t) => {
    const lane = await clientLane(t, { size: 4 });
    const { fleets } = lane.reimage;
    const old = await fleets.wait(await fleets.start(lane.spec()));
    const [changed = '', ...others] = lane.ids;
    await lane.worker.execute({ regionId: REGION, instanceId: changed, imageId: DEFAULT_IMAGE_ID, keyNames: ['ops'] });

    const shown = await fleets.planRollback(old, { requestedBy: 'eve' });
    assert.deepEqual(shown.targets.map(({ instanceId }) => instanceId).toSorted(), others.toSorted());
    assert.ok(shown.targets.every(({ imageId, from }) => imageId === DEFAULT_IMAGE_ID && from === 'former-image'));
    assert.deepEqual(
      shown.leftOut.map(({ instanceId }) => instanceId),
      [changed],
    );
    const back = await fleets.rollback(old, { requestedBy: 'eve', asShown: shown });
    const { result } = await fleets.wait(back);

    assert.deepEqual([result?.outcome, result?.counts.done, back.rollbackOf], ['done', 3, old.fleetId]);
    for (const id of others) {
      assert.equal(lane.cloud.vm(id).imageId, DEFAULT_IMAGE_ID);
      assert.equal(lane.cloud.vm(id).status, 'running');
      assert.equal(lane.cloud.journal.effective('rebuildInstance', id), 2);
    }
    await assert.rejects(fleets.planRollback(old), failsAs('DecisionRefused', /has moved no VM/));
    await assert.rejects(fleets.planRollback(back), failsAs('DecisionRefused', /takes .* back itself/));
  });

  it('given a VM that was deleted since, names it, and goes without it when told to', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const old = await fleets.wait(await fleets.start(lane.spec()));
    const [gone = '', other = ''] = lane.ids;
    lane.cloud.act.remove(gone);
    await lane.cloud.waitFor(() => isGone(lane, gone), 120_000);

    await assert.rejects(fleets.planRollback(old), failsAs('VmNotFound', new RegExp(gone)));
    await assert.rejects(fleets.planRollback(old, { excludeIds: ['i-x'] }), failsAs('InvalidInput', /has no VM i-x/));
    const { targets } = await fleets.planRollback(old, { excludeIds: [gone] });
    assert.deepEqual(
      targets.map(({ instanceId }) => instanceId),
      [other],
    );
  });

  it('takes a VM back too that was moved, failed, and was skipped before it was tried again', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const [moved = ''] = lane.ids;
    lane.cloud.addFault(noStart(moved, 1));
    const old = await fleets.start(lane.spec({ canary: 0, maxUnavailable: { fleet: 2 } }));
    await untilFleetIs(
      lane,
      old,
      'its pause',
      ({ summary, status }) => status === 'paused' && summary?.counts.done === 1,
    );
    await fleets.retryFailed(old, { ...WHO, instanceIds: [moved] });
    await fleets.skip(old, { ...WHO, instanceIds: [moved] });
    await fleets.resume(old, { ...WHO, pause: 1 });
    await fleets.wait(old);
    assert.equal(lane.cloud.vm(moved).imageId, OTHER_IMAGE_ID);

    const { targets } = await fleets.planRollback(old);

    assert.deepEqual(targets.map(({ instanceId }) => instanceId).toSorted(), lane.ids.toSorted());
  });

  it('names a VM whose rebuild is under way still, and does not put it back', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance', { skip: 1 });
    const old = await fleets.start(lane.spec({ canary: 0, maxUnavailable: { fleet: 1 } }));
    await rebuilding.reached();
    await fleets.pause(old, WHO);
    const [second] = await fleets.members(old, { states: ['rebuilding'] });

    const { targets, leftOut } = await fleets.planRollback(old);

    assert.equal(targets.length, 1);
    const why = 'its rebuild is under way: take the fleet back once more when that has ended';
    assert.deepEqual(leftOut, [{ instanceId: second?.instanceId, why }]);
    await fleets.abort(old, WHO);
    rebuilding.release();
    await fleets.wait(old);
  });

  it('puts each VM onto its own backup where there is one', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const spec = lane.spec({ canary: 0 }, { rebuild: { keyNames: ['ops'], backup: 'image' } });
    const old = await fleets.wait(await fleets.start(spec));
    const backups = new Map((await fleets.members(old)).map((vm) => [vm.instanceId, vm.backupImageId]));
    assert.equal(new Set(backups.values()).size, 2);

    const { result } = await fleets.wait(await fleets.rollback(old));

    assert.deepEqual([result?.outcome, result?.counts.done], ['done', 2]);
    for (const id of lane.ids) assert.equal(lane.cloud.vm(id).imageId, backups.get(id));
  });

  it('finds the backup of a VM whose rebuild was terminated after its erase', async (t) => {
    const lane = await clientLane(t, { size: 1 });
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance');
    const { fleets } = lane.reimage;
    const [moved = ''] = lane.ids;
    const spec = lane.spec({ canary: 0 }, { rebuild: { keyNames: ['ops'], backup: 'image' } });
    const old = await fleets.start(spec);
    await rebuilding.reached();
    const rebuild = lane.worker.client.workflow.getHandle(rebuildWorkflowId({ regionId: REGION, instanceId: moved }));
    await rebuild.terminate('by hand');
    await untilFleetIs(lane, old, 'its pause', ({ status }) => status === 'paused');
    rebuilding.release();
    const made = lane.cloud.journal.calls({ operation: 'createImage', performed: true });
    assert.equal(made.length, 1);

    const isFound = async () => (await fleets.planRollback(old)).targets.every(({ from }) => from === 'backup');
    await eventually('the backup is in the index', isFound);

    await fleets.abort(old, WHO);
    await fleets.wait(old);
    await fleets.wait(await fleets.rollback(old));
    assert.ok(![DEFAULT_IMAGE_ID, OTHER_IMAGE_ID].includes(lane.cloud.vm(moved).imageId), 'it has its backup');
  });

  it('shows the way back of one at a gate or paused, and goes it once that was aborted, as shown or not at all', async (t) => {
    const lane = await clientLane(t, { size: 4 });
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance', { times: 2 });
    const { fleets } = lane.reimage;
    const old = await fleets.start(lane.spec(GATED));
    await untilFleetIs(lane, old, 'its start', ({ status }) => status === 'rebuilding');
    await assert.rejects(fleets.planRollback(old), failsAs('DecisionRefused', /still starts VMs/));
    await rebuilding.reached();
    rebuilding.release();
    await untilFleetIs(lane, old, 'the gate', ({ status }) => status === 'awaiting-approval');
    assert.equal((await fleets.planRollback(old)).targets.length, 2);
    const { planDigest } = old;
    await fleets.pause(old, WHO);
    await fleets.approve(old, { ...WHO, planDigest, gate: 'after the canary' });
    await untilFleetIs(lane, old, 'it is paused', ({ status }) => status === 'paused');

    const shown = await fleets.planRollback(old);
    assert.equal(shown.targets.length, 2);
    await assert.rejects(fleets.rollback(old, { asShown: shown }), failsAs('FleetBusy', /paused/));
    await fleets.abort(old, WHO);
    await fleets.wait(old);
    const [first = ''] = shown.targets.map(({ instanceId }) => instanceId);
    await lane.worker.execute({ regionId: REGION, instanceId: first, imageId: DEFAULT_IMAGE_ID, keyNames: ['ops'] });
    await assert.rejects(fleets.rollback(old, { asShown: shown }), failsAs('PlanStale', /put back|selected/));
    const { result } = await fleets.wait(await fleets.rollback(old));
    assert.deepEqual([result?.outcome, result?.counts.done], ['done', 1]);
    assert.ok(lane.ids.every((id) => lane.cloud.vm(id).imageId === DEFAULT_IMAGE_ID));
  });
});

describe('a fleet that was terminated in Temporal', () => {
  it('leaves its rebuilds under way to their own ends: what they moved is taken back, what they did not is retried', async (t) => {
    const lane = await clientLane(t, { size: 3 });
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance', { times: 2 });
    const { fleets } = lane.reimage;
    const { client } = lane.worker;
    const old = await fleets.start(lane.spec({ canary: 0, maxUnavailable: { fleet: 2 } }));
    await rebuilding.reached();
    const under = (await fleets.members(old, { states: ['rebuilding'] })).map(({ instanceId }) => instanceId);
    const [finishes = '', broken = ''] = under;
    await client.workflow.getHandle(old.operationId).terminate('by hand');
    await client.workflow.getHandle(rebuildWorkflowId({ regionId: REGION, instanceId: broken })).terminate('too');
    rebuilding.release();
    await client.workflow.getHandle(rebuildWorkflowId({ regionId: REGION, instanceId: finishes })).result();
    assert.equal(lane.cloud.vm(broken).status, 'stopped');

    const { plan } = await fleets.planRetry(old);
    const { targets } = await fleets.planRollback(old);

    const never = lane.ids.filter((id) => !under.includes(id));
    assert.deepEqual(plan.rows.map(({ instanceId }) => instanceId).toSorted(), [broken, ...never].toSorted());
    assert.deepEqual(targets.map(({ instanceId }) => instanceId).toSorted(), [broken, finishes].toSorted());
  });
});

describe('the report of a fleet', () => {
  it('tells who, acts, and each VM with its name, images, duration, run and deviations', async (t) => {
    const lane = await clientLane(t, { size: 3 });
    const { fleets } = lane.reimage;
    const fleet = await fleets.start(lane.spec({ ...GATED, canary: 1 }));
    await untilFleetIs(lane, fleet, 'the gate', ({ status }) => status === 'awaiting-approval');
    const [skipped = ''] = lane.ids.slice(-1);
    await fleets.skip(fleet, { ...WHO, instanceIds: [skipped] });
    await fleets.approve(fleet, { ...WHO, planDigest: fleet.planDigest, gate: 'after the canary' });
    await fleets.wait(fleet);

    const { fleet: told, auditEntries, members, deviations } = await fleets.report(fleet);

    assert.deepEqual([told.status, told.requestedBy, told.planDigest], ['done', 'ana', fleet.planDigest]);
    assert.deepEqual(
      auditEntries.map(({ action }) => action),
      ['gate', 'skip', 'approve'],
    );
    assert.deepEqual(deviations, ['skip by bob: enough']);
    assert.deepEqual(
      members.map(({ state, imageBefore, imageAfter, runId }) => [state, imageBefore, imageAfter, runId !== null]),
      [
        ['done', DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, true],
        ['done', DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, true],
        ['skipped', DEFAULT_IMAGE_ID, null, false],
      ],
    );
    assert.deepEqual(
      members.map(({ name }) => name),
      lane.ids,
      'the simulator names a VM by its id',
    );
    const [first, , last] = members;
    assert.equal(last?.durationSeconds, null);
    const tookMs = Date.parse(first?.finishedAt ?? '') - Date.parse(first?.startedAt ?? '');
    assert.equal(first?.durationSeconds, Math.round(tookMs / 1000));
    assert.match(members[2]?.deviations.join() ?? '', /^skipped: skipped by bob: enough$/);
  });
});
