import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fleetInputOf } from '../../../client/fleets/plan.js';
import { startInput } from '../../../client/fleets/start.js';
import { type FleetOperation, ReimageFleetBusyError } from '../../../client/index.js';
import { fleetWorkflowId, planClaimId } from '../../../contracts/fleet/fleet-ids.js';
import { DEFAULT_IMAGE_ID } from '../../../simulator/model/builders.js';
import { readClaim } from '../../../temporal/namespace/fleets.js';
import { eventually } from '../../fixtures/eventually.js';
import { erases } from '../../workflows/fleet/fleet-lane.js';
import { scheduleFor, untilScheduleIs } from '../schedule/schedule-lane.js';
import { type ClientLane, clientLane, failsAs, untilFleetIs } from './client-lane.js';

const WHO = { by: 'bob', reason: 'enough' } as const;
const GATED = { canary: 1, approval: { afterCanary: 'always' } } as const;
/** Each VM is to be refreshed onto the image that it has: nothing but the lock keeps a second fleet from erasing it again. */
const REFRESHED = { image: { id: DEFAULT_IMAGE_ID }, skipMatching: false } as const;

/** Whether a start was refused for the sake of this fleet. */
function isHeldBy(fleet: FleetOperation, says: RegExp) {
  return (error: unknown): boolean => {
    if (!(error instanceof ReimageFleetBusyError)) throw error;
    assert.equal(error.failure.type, 'FleetBusy');
    assert.deepEqual([error.holder.fleetId, error.holder.operationId], [fleet.fleetId, fleet.operationId]);
    assert.match(error.message, says);
    return true;
  };
}

/** The gate that a fleet waits at. */
async function gateOf({ reimage }: ClientLane, fleet: FleetOperation): Promise<string> {
  const { summary } = await reimage.fleets.get(fleet);
  return summary?.gate?.name ?? assert.fail('it waits at no gate');
}

describe('one fleet of a name', { concurrency: 2 }, () => {
  it('given two starts of one file at once, erases each VM once, and names to the second who was first', async (t) => {
    const lane = await clientLane(t, { size: 3 });
    const { fleets } = lane.reimage;
    const spec = lane.spec({ canary: 0 }, REFRESHED);

    const starts = await Promise.allSettled([fleets.start(spec), fleets.start({ ...spec, requestedBy: 'pipeline' })]);
    const started = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const refused = starts.flatMap((start) => (start.status === 'rejected' ? [start.reason as unknown] : []));

    const [fleet] = started;
    assert.ok(started.length === 1 && fleet !== undefined, `${started.length} were started`);
    assert.ok(
      isHeldBy(
        fleet,
        new RegExp(`Fleet ${fleet.fleetId} is under way since 20.* for ${fleet.requestedBy}`),
      )(refused[0]),
    );
    assert.equal((await fleets.wait(fleet)).result?.counts.done, 3);
    assert.deepEqual(erases(lane), [1, 1, 1]);
  });

  it('is left to go on by a start that has looked before it began', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const late = fleetInputOf(await fleets.plan(lane.spec({ canary: 0 }, REFRESHED)), { requestedBy: 'pipeline' });
    const fleet = await fleets.start(lane.spec(GATED, REFRESHED));
    await untilFleetIs(lane, fleet, 'the gate', ({ status }) => status === 'awaiting-approval');
    const { client, taskQueue } = lane.worker;

    const start = startInput({ client, taskQueue, webUi: null }, late);

    await assert.rejects(start, (error) => isHeldBy(fleet, /awaiting-approval/)(error));
    assert.equal((await fleets.get(fleet)).status, 'awaiting-approval');
  });

  it('is what an act by that name meets, while one by the id of an ended fleet meets no other', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const old = await fleets.wait(await fleets.start(lane.spec({ canary: 0 }, REFRESHED)));
    const now = await fleets.start(lane.spec(GATED, REFRESHED));
    const { name, regionId } = now;
    await untilFleetIs(lane, now, 'the gate', ({ status }) => status === 'awaiting-approval');
    assert.equal(old.operationId, now.operationId);

    for (const { fleetId } of [old, { fleetId: old.fleetId }])
      await assert.rejects(fleets.abort({ fleetId, regionId }, WHO), failsAs('DecisionRefused', /has ended/));
    assert.equal((await fleets.get(now)).status, 'awaiting-approval');
    assert.equal((await fleets.get(old)).status, 'done');
    await fleets.pause({ fleetId: name, regionId }, WHO);
    await fleets.abort({ fleetId: name, regionId }, WHO);

    assert.equal((await fleets.wait(now)).result?.failure?.type, 'FleetAborted');
    await assert.rejects(fleets.abort({ fleetId: name, regionId }, WHO), failsAs('DecisionRefused', /has ended/));
  });

  it('keeps a plan that was used from being used again once its fleet has ended', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const plan = await fleets.plan(lane.spec({ canary: 0 }, REFRESHED));
    const first = await fleets.wait(await fleets.start(plan, { replan: false }));
    const second = await fleets.wait(await fleets.start(lane.spec({ canary: 0 }, REFRESHED)));

    await assert.rejects(fleets.start(plan, { replan: false }), failsAs('PlanUsed', new RegExp(first.fleetId)));

    const { client } = lane.worker;
    const workflowExecution = { workflowId: planClaimId(first) };
    await client.workflowService.deleteWorkflowExecution({ namespace: client.options.namespace, workflowExecution });
    await eventually(
      'the claim is past its retention',
      async () => (await readClaim(client, planClaimId(first))) === null,
    );
    await assert.rejects(fleets.start(plan, { replan: false }), failsAs('PlanUsed', new RegExp(first.fleetId)));
    assert.deepEqual([second.status, erases(lane)], ['done', [2, 2]]);
  });

  it('is the true one where a start of its plan came to nothing', async (t) => {
    const lane = await clientLane(t, { size: 1 });
    const { fleets } = lane.reimage;
    const fleet = await fleets.wait(await fleets.start(lane.spec({}, REFRESHED)));
    const { regionId, fleetId, name } = fleet;
    await eventually('the index knows it', async () => (await fleets.get({ fleetId })).runId === fleet.runId);
    const { client, taskQueue } = lane.worker;
    const history = await client.workflow.getHandle(fleet.operationId, fleet.runId).fetchHistory();
    const payload = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
    const input: unknown = JSON.parse(Buffer.from(payload?.data ?? []).toString());
    // Past the client, which would not have started it.
    const handle = await client.workflow.start('reimageFleet', {
      workflowId: fleet.operationId,
      taskQueue,
      args: [input],
    });
    await assert.rejects(handle.result());

    for (const named of [{ fleetId, regionId }, { fleetId: name, regionId }, fleet]) {
      const { status, runId } = await fleets.get(named);
      assert.deepEqual([status, runId], ['done', fleet.runId]);
    }
    const dud = await fleets.get({ fleetId, regionId, runId: handle.firstExecutionRunId });
    assert.deepEqual([dud.status, dud.result?.failure?.type], ['failed', 'PlanUsed']);
    assert.deepEqual(erases(lane), [1]);
  });
});

describe('a retry and a rollback', { concurrency: 2 }, () => {
  it('are one at a time, and a fleet that was retried is not retried again: its retry is named', async (t) => {
    const lane = await clientLane(t, { size: 4 });
    const { fleets } = lane.reimage;
    const old = await fleets.start(lane.spec({ ...GATED, canary: 2 }));
    await untilFleetIs(lane, old, 'the gate', ({ status }) => status === 'awaiting-approval');
    await assert.rejects(fleets.rollback(old), isHeldBy(old, /awaiting-approval/));
    await fleets.reject(old, { ...WHO, gate: await gateOf(lane, old) });
    await fleets.wait(old);

    const retries = await Promise.allSettled([fleets.retry(old), fleets.retry(old)]);
    const [retry] = retries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    assert.ok(retry !== undefined && retries.some(({ status }) => status === 'rejected'), JSON.stringify(retries));
    await untilFleetIs(
      lane,
      retry,
      'its gate',
      ({ status, isRunning }) => status === 'awaiting-approval' || !isRunning,
    );
    if ((await fleets.get(retry)).isRunning) {
      await assert.rejects(fleets.planRollback(old), isHeldBy(retry, /under way since/));
      await assert.rejects(fleets.retry(old), failsAs('DecisionRefused', new RegExp(`as fleet ${retry.fleetId}`)));
      await fleets.approve(retry, { ...WHO, planDigest: retry.planDigest, gate: await gateOf(lane, retry) });
    }
    assert.equal((await fleets.wait(retry)).result?.counts.done, 2);

    await assert.rejects(fleets.retry(old), failsAs('DecisionRefused', new RegExp(`as fleet ${retry.fleetId}`)));
    await assert.rejects(fleets.planRetry(old), failsAs('DecisionRefused', /was retried before/));
    assert.deepEqual(erases(lane), [1, 1, 1, 1]);
    const back = await fleets.wait(await fleets.rollback(old));
    assert.deepEqual([back.result?.counts.done, back.rollbackOf], [2, old.fleetId]);
  });
});

describe('a firing beside a start by hand', () => {
  it('ends as FleetBusy and names the fleet that runs; each VM is erased once', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets, schedules } = lane.reimage;
    const fleet = await fleets.start(lane.spec(GATED, REFRESHED));
    await untilFleetIs(lane, fleet, 'the gate', ({ status }) => status === 'awaiting-approval');
    const { scheduleId: id } = await schedules.create(
      scheduleFor(t, lane.reimage, lane.spec({ canary: 0 }, { ...REFRESHED, requestedBy: 'nightly' })),
    );

    const { operationId } = await schedules.trigger(id, WHO);
    const { firings, note } = await untilScheduleIs(lane.reimage, id, 'the pause', ({ paused }) => paused);

    assert.deepEqual([firings[0]?.status, firings[0]?.fleetId], ['failed', null]);
    assert.match(note ?? '', /fail/i);
    const handle = lane.worker.client.workflow.getHandle(operationId ?? '');
    await assert.rejects(handle.result(), (error: Error) => {
      assert.match(
        String(error.cause),
        new RegExp(`Fleet ${fleet.fleetId} is under way since .* for ana: awaiting-appr`),
      );
      return true;
    });
    await fleets.approve(fleet, { ...WHO, planDigest: fleet.planDigest, gate: await gateOf(lane, fleet) });
    assert.equal((await fleets.wait(fleet)).status, 'done');
    assert.deepEqual(erases(lane), [1, 1]);
    assert.equal(fleetWorkflowId(fleet), fleet.operationId);
  });
});
