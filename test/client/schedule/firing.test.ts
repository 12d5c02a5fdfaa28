import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { ScheduleDetails } from '../../../client/schedules/state.js';
import { fleetWorkflowId } from '../../../contracts/fleet/fleet-ids.js';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID } from '../../../simulator/model/builders.js';
import { eventually } from '../../fixtures/eventually.js';
import { ownNamespace } from '../../fixtures/own-namespace.js';
import { clientLane } from '../fleet/client-lane.js';
import { firingAtWork } from './firing-at-work.js';
import { scheduleFor, untilScheduleIs, WHO } from './schedule-lane.js';

const ended = ['done', 'failed', 'aborted'];

/** The last firing has ended, and the schedule knows it: one that is triggered before that is skipped. */
const isOver = ({ firings: [last], running }: ScheduleDetails): boolean =>
  running.length === 0 && ended.includes(last?.status ?? '');

describe('a firing of a schedule', { concurrency: 2 }, () => {
  it('plans the fleet as it is now, reimages it, and is found by the id of the fleet', async (t) => {
    const lane = await clientLane(t, { size: 3 });
    const { schedules, fleets } = lane.reimage;
    const { scheduleId: id } = await schedules.create(scheduleFor(t, lane.reimage, lane.spec()));

    const { outcome, operationId } = await schedules.trigger(id, WHO);
    const { firings } = await untilScheduleIs(lane.reimage, id, 'the end', isOver);

    assert.equal(outcome, 'started');
    const [firing] = firings;
    assert.deepEqual([firing?.status, firing?.operationId, firing?.leftAlone], ['done', operationId, null]);
    for (const vm of lane.ids) assert.equal(lane.cloud.journal.effective('rebuildInstance', vm), 1);
    const fleet = await fleets.get({ fleetId: firing?.fleetId ?? '' });
    assert.deepEqual(
      [fleet.status, fleet.operationId, fleet.scheduleId, fleet.requestedBy, fleet.size, fleet.result?.counts.done],
      ['done', fleetWorkflowId(fleet), id, 'ana', 3, 3],
    );
    assert.ok(fleet.fleetId.endsWith(fleet.planDigest?.slice(0, 8) ?? '-'));
    assert.equal((await fleets.get({ fleetId: fleet.name, regionId: fleet.regionId })).fleetId, fleet.fleetId);
    assert.equal((await fleets.members(fleet)).length, 3);
    assert.equal((await fleets.report(fleet)).members.length, 3);
    const listed = await fleets.list({ regionId: fleet.regionId, running: false, limit: 1000 });
    assert.ok(listed.some(({ fleetId }) => fleetId === fleet.fleetId));
    assert.deepEqual((await fleets.planRollback(fleet)).targets.length, 3);
  });

  it('resolves its selector anew: a VM that came later is in the next one, what is done is left alone', async (t) => {
    const lane = await clientLane(t, { size: 3 });
    const { schedules } = lane.reimage;
    const [first = '', second = '', later = ''] = lane.ids;
    const spec = lane.spec({}, { select: { instanceIds: [...lane.ids], imageIds: [DEFAULT_IMAGE_ID] } });
    const { scheduleId: id } = await schedules.create(
      scheduleFor(t, lane.reimage, { ...spec, exclude: { tags: [{ key: 'age', values: ['young'] }] } }),
    );
    lane.cloud.vm(later).tags.push({ key: 'age', value: 'young' });

    await schedules.trigger(id, WHO);
    await untilScheduleIs(lane.reimage, id, 'one end', isOver);
    assert.deepEqual(
      [first, second, later].map((vm) => lane.cloud.vm(vm).imageId),
      [OTHER_IMAGE_ID, OTHER_IMAGE_ID, DEFAULT_IMAGE_ID],
    );
    lane.cloud.vm(later).tags.pop();
    await schedules.trigger(id, WHO);
    const { firings } = await untilScheduleIs(
      lane.reimage,
      id,
      'both ends',
      ({ firings: all }) => all.length === 2 && all.every(({ status }) => ended.includes(status)),
    );

    assert.deepEqual(
      firings.map(({ status }) => status),
      ['done', 'done'],
    );
    assert.equal(new Set(firings.map(({ fleetId }) => fleetId)).size, 2);
    for (const vm of lane.ids) assert.equal(lane.cloud.journal.effective('rebuildInstance', vm), 1);
  });

  it('with every VM on the image already, is done with none rebuilt', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { schedules, fleets } = lane.reimage;
    const { scheduleId: id } = await schedules.create(
      scheduleFor(t, lane.reimage, lane.spec({}, { image: { id: DEFAULT_IMAGE_ID } })),
    );

    await schedules.trigger(id, WHO);
    const { firings, paused } = await untilScheduleIs(lane.reimage, id, 'the end', isOver);

    assert.deepEqual([firings[0]?.status, firings[0]?.leftAlone, paused], ['done', '2 already-on-image', false]);
    const { result, size } = await fleets.get({ fleetId: firings[0]?.fleetId ?? '' });
    assert.deepEqual([size, result?.outcome, new Set(Object.values(result?.counts ?? {}))], [0, 'done', new Set([0])]);
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 0);
  });

  it('that selects no VM, fails and pauses the schedule, unless there may be none', async (t) => {
    const lane = await clientLane(t, { size: 1 });
    const { schedules } = lane.reimage;
    const mistyped = lane.spec({}, { select: { tags: [{ key: 'appp' }] } });
    const { scheduleId: id } = await schedules.create(scheduleFor(t, lane.reimage, mistyped));
    const allowed = scheduleFor(t, lane.reimage, { ...mistyped, allowEmpty: true });
    await schedules.create(allowed);

    const { operationId } = await schedules.trigger(id, WHO);
    await schedules.trigger(allowed.id, WHO);
    const { firings } = await untilScheduleIs(lane.reimage, id, 'the pause', ({ paused }) => paused);
    const { firings: well, paused } = await untilScheduleIs(lane.reimage, allowed.id, 'the end', isOver);

    assert.deepEqual([firings[0]?.status, well[0]?.status, paused], ['failed', 'done', false]);
    await assert.rejects(
      lane.worker.client.workflow.getHandle(operationId ?? '').result(),
      (error) =>
        error instanceof WorkflowFailedError &&
        error.cause instanceof ApplicationFailure &&
        error.cause.type === 'NothingSelected',
    );
  });

  it('that can rebuild none of the VMs that lack the image, fails, touches nothing, and pauses the schedule', async (t) => {
    const lane = await clientLane(t, { size: 2, isProtected: [0, 1] });
    const { schedules } = lane.reimage;
    const { scheduleId: id } = await schedules.create(scheduleFor(t, lane.reimage, lane.spec()));

    await schedules.trigger(id, WHO);
    const { firings, note } = await untilScheduleIs(lane.reimage, id, 'the pause', ({ paused }) => paused);

    assert.deepEqual([firings[0]?.status, firings[0]?.fleetId], ['failed', null]);
    assert.match(note ?? '', /fail/i);
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 0);
  });

  it("takes nobody else's image, however new, and none of two that nothing tells apart", async (t) => {
    const lane = await clientLane(t, { size: 1 });
    const { schedules } = lane.reimage;
    const spec = lane.spec({}, { image: { newestNamed: 'img-ubuntu' } });
    const { scheduleId: id } = await schedules.create(scheduleFor(t, lane.reimage, spec));
    lane.cloud.act.removeImage(OTHER_IMAGE_ID);
    lane.cloud.act.shareImage('img-ubuntu-of-mallory');

    await schedules.trigger(id, WHO);
    const own = await untilScheduleIs(lane.reimage, id, 'the end', isOver);
    const { createTime } = image(DEFAULT_IMAGE_ID);
    lane.cloud.act.shareImage('img-ubuntu-twin', { imageSource: 'private', createTime });
    await schedules.trigger(id, WHO);
    const alike = await untilScheduleIs(lane.reimage, id, 'the pause', ({ paused }) => paused);

    assert.deepEqual([own.firings[0]?.status, own.firings[0]?.leftAlone], ['done', '1 already-on-image']);
    assert.equal(alike.firings[0]?.status, 'failed');
    assert.match(alike.note ?? '', /same second/);
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 0);
  });

  it('that comes while the one before runs is skipped, and told; the gate of the one before goes on waiting', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { schedules, fleets } = lane.reimage;
    const spec = lane.spec({ canary: 1, approval: { afterCanary: 'always' } });
    const { scheduleId: id } = await schedules.create(scheduleFor(t, lane.reimage, spec));
    await schedules.trigger(id, WHO);
    const { firings } = await untilScheduleIs(
      lane.reimage,
      id,
      'the gate',
      ({ firings: [last] }) => last?.status === 'awaiting-approval',
    );

    const again = await schedules.trigger(id, { by: 'bob', reason: 'impatient' });
    const told = await schedules.describe(id);

    assert.deepEqual(again, { outcome: 'skipped', operationId: null });
    assert.deepEqual([told.skipped, told.fired, told.note], [1, 1, 'created by ana']);
    assert.deepEqual(told.running, [firings[0]?.operationId]);
    const fleet = { fleetId: firings[0]?.fleetId ?? '' };
    const { planDigest } = await fleets.get(fleet);
    await fleets.approve(fleet, { ...WHO, planDigest, gate: 'after the canary' });
    assert.equal((await fleets.wait(fleet)).status, 'done');
  });

  it('in a frozen namespace starts a fleet that waits, and goes on once it is unfrozen', async (t) => {
    const temporal = await ownNamespace(t);
    const lane = await clientLane(t, { size: 2, worker: { temporal } });
    const { schedules, fleets } = lane.reimage;
    await lane.reimage.freeze(WHO);
    const { scheduleId: id } = await schedules.create(scheduleFor(t, lane.reimage, lane.spec()));

    await schedules.trigger(id, WHO);
    const { firings } = await untilScheduleIs(
      lane.reimage,
      id,
      'a fleet',
      ({ firings: [last] }) => last?.fleetId != null,
    );
    const fleet = { fleetId: firings[0]?.fleetId ?? '' };
    await eventually('it says why it waits', async () =>
      /frozen by ana/.test((await fleets.get(fleet)).summary?.reason ?? ''),
    );

    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 0);
    await lane.reimage.unfreeze(WHO);
    assert.equal((await fleets.wait(fleet)).result?.counts.done, 2);
  });

  it('under buffer-one waits for the one before, and plans only then', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { schedules, fleets } = lane.reimage;
    const spec = lane.spec({ canary: 1, approval: { afterCanary: 'always' } });
    const { scheduleId: id } = await schedules.create(scheduleFor(t, lane.reimage, spec, { overlap: 'buffer-one' }));
    await schedules.trigger(id, WHO);
    const { firings } = await untilScheduleIs(
      lane.reimage,
      id,
      'the gate',
      ({ firings: [last] }) => last?.status === 'awaiting-approval',
    );

    const again = await schedules.trigger(id, WHO);
    const fleet = { fleetId: firings[0]?.fleetId ?? '' };
    const { planDigest } = await fleets.get(fleet);
    await fleets.approve(fleet, { ...WHO, planDigest, gate: 'after the canary' });
    const after = await untilScheduleIs(
      lane.reimage,
      id,
      'two ends',
      ({ firings: all }) => all.length === 2 && all.every(({ status }) => ended.includes(status)),
    );

    assert.equal(again.outcome, 'asked');
    assert.deepEqual(
      after.firings.map(({ status, leftAlone }) => [status, leftAlone]),
      [
        ['done', '2 already-on-image'],
        ['done', null],
      ],
    );
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 2);
  });

  it('that is cancelled has its fleet end as aborted, with what was under way carried to its end', async (t) => {
    const { lane, firing, fleet, release } = await firingAtWork(t);

    await firing.cancel();
    await eventually('the fleet is ending', async () => (await lane.reimage.fleets.get(fleet)).status === 'aborting');
    release();

    const { status, result } = await lane.reimage.fleets.wait(fleet);
    assert.deepEqual([status, result?.failure?.type, result?.counts.done], ['aborted', 'FleetAborted', 1]);
    await assert.rejects(
      firing.result(),
      ({ cause }: Error) => cause instanceof ApplicationFailure && cause.type === 'FleetAborted',
    );
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 1);
  });

  it('that is terminated leaves its fleet running under its lock', async (t) => {
    const { lane, firing, fleet, release } = await firingAtWork(t);

    await firing.terminate('by hand');
    release();

    const { status, result } = await lane.reimage.fleets.wait(fleet);
    assert.deepEqual([status, result?.counts.done], ['done', 2]);
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 2);
  });
});
