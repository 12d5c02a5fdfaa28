import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReimageInvalidInputError, ReimageNotFoundError } from '../../../client/index.js';
import { fleetIdOf } from '../../../contracts/fleet/fleet-ids.js';
import { OTHER_IMAGE_ID } from '../../../simulator/model/builders.js';
import { eventually } from '../../fixtures/eventually.js';
import { holdTransition } from '../../fixtures/hold-transition.js';
import { scheduleFor } from '../schedule/schedule-lane.js';
import { clientLane, failsAs, REGION, untilFleetIs } from './client-lane.js';

describe('starting a fleet', { concurrency: 2 }, () => {
  it('given a spec, plans and starts it, and follows it to its end', async (t) => {
    const lane = await clientLane(t, { size: 4 });
    const { fleets } = lane.reimage;

    const started = await fleets.start(lane.spec({}, { reason: 'kernel fix' }));
    const statuses: string[] = [];
    const ended = await fleets.wait(started, { onProgress: ({ status }) => void statuses.push(status) });

    assert.deepEqual([ended.status, ended.result?.counts.done, ended.isRunning], ['done', 4, false]);
    assert.equal(statuses.at(-1), 'done');
    for (const id of lane.ids) assert.equal(lane.cloud.journal.effective('rebuildInstance', id), 1);
    const { requestedBy, reason, size, imageId, planDigest } = started;
    assert.deepEqual([requestedBy, reason, size, imageId], ['ana', 'kernel fix', 4, OTHER_IMAGE_ID]);
    assert.equal(started.fleetId, fleetIdOf(started.name, planDigest ?? ''));
    const members = await fleets.members(ended);
    assert.deepEqual(
      members.map(({ state }) => state),
      ['done', 'done', 'done', 'done'],
    );
    assert.deepEqual(await fleets.members(ended, { states: ['failed'] }), []);
  });

  it('given a plan, starts it once: the second time it names the fleet that has it', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const plan = await fleets.plan(lane.spec());
    const saved = JSON.parse(JSON.stringify(plan)) as typeof plan;

    const started = await fleets.start(saved, { requestedBy: 'bob' });
    assert.equal(started.requestedBy, 'bob');
    const again = failsAs('PlanUsed', new RegExp(`as fleet ${started.fleetId}`));
    await assert.rejects(fleets.start(saved), again);
    await fleets.wait(started);
    await assert.rejects(fleets.start(saved), again);

    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 2);
  });

  it('given a fleet that another person has to approve, and whose file names nobody, starts it for who asks', async (t) => {
    const lane = await clientLane(t, { size: 1 });
    const { fleets } = lane.reimage;
    const { requestedBy: _, ...spec } = lane.spec({ approval: { afterCanary: 'never', preventSelfApproval: true } });

    await assert.rejects(
      fleets.start(spec),
      (error) => error instanceof ReimageInvalidInputError && error.field === 'requestedBy',
    );
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 0);
    const started = await fleets.start(spec, { requestedBy: 'alice' });

    assert.equal(started.requestedBy, 'alice');
    assert.equal((await fleets.wait(started)).status, 'done');
  });

  it('given another fleet under way over some of its VMs, tells of it in the plan', async (t) => {
    const lane = await clientLane(t, { size: 3 });
    const { fleets } = lane.reimage;
    const [first = '', second = '', third = ''] = lane.ids;
    const gated = lane.spec(
      { canary: 1, approval: { afterCanary: 'always' } },
      { select: { instanceIds: [first, second] } },
    );
    const running = await fleets.start(gated);
    await untilFleetIs(lane, running, 'the gate', ({ status }) => status === 'awaiting-approval');
    const other = lane.spec({}, { name: `${running.name}y`, select: { instanceIds: [second, third] } });

    const { warnings } = await fleets.plan(other);
    const apart = await fleets.plan({ ...other, select: { instanceIds: [third] } });

    const told = warnings.filter(({ code }) => code === 'fleets-overlap').map(({ message }) => message);
    assert.ok(
      told.some((message) =>
        message.startsWith(`${running.operationId} is under way, and has 1 VM of this plan too: ${second}.`),
      ),
      told.join(),
    );
    assert.ok(!apart.warnings.some(({ message }) => message.startsWith(running.operationId)));
  });

  it('given schedules that would rebuild some of its VMs, tells of those of other fleets that are not paused', async (t) => {
    const lane = await clientLane(t, { size: 3 });
    const { fleets, schedules } = lane.reimage;
    const [first = '', second = '', third = ''] = lane.ids;
    const own = lane.spec({}, { select: { instanceIds: [first, second] } });
    const other = { ...own, name: `${own.name}y` };
    const overlapping = scheduleFor(t, lane.reimage, { ...other, select: { instanceIds: [second, third] } });
    const apart = [
      scheduleFor(t, lane.reimage, other, { paused: true }),
      scheduleFor(t, lane.reimage, { ...other, exclude: { instanceIds: [first, second] } }),
      scheduleFor(t, lane.reimage, own),
    ];
    for (const schedule of [...apart, overlapping]) await schedules.create(schedule);

    const ours = [overlapping, ...apart].map(({ id }) => id);
    await eventually('the list of schedules tells of ours', async () => {
      const listed = (await schedules.list()).map(({ scheduleId }) => scheduleId);
      return ours.every((id) => listed.includes(id));
    });
    const { warnings } = await fleets.plan(own);

    const told = warnings.filter(({ code }) => code === 'schedules-overlap').map(({ message }) => message);
    const ofOurs = told.filter((message) => ours.some((id) => message.includes(id)));
    const says = `^The schedule ${overlapping.id} selects 1 VM of this plan too: ${second}\\. It fires next at 20.*T.*Z, `;
    assert.equal(ofOurs.length, 1, ofOurs.join('\n'));
    assert.match(ofOurs[0] ?? '', new RegExp(says));
  });

  it('given a selection that is empty, starts nothing, and says so by its type', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const mistyped = lane.spec({}, { select: { tags: [{ key: 'appp' }] } });
    await assert.rejects(fleets.start(mistyped), failsAs('NothingSelected', /selects no VM of cn-north-1/));
    const everybody = lane.spec({}, { exclude: { name: '*' } });
    await assert.rejects(fleets.start(everybody), failsAs('NothingSelected', /excludes all 2 VMs that it selects/));
    await assert.rejects(fleets.start({ ...mistyped, allowEmpty: true }), ReimageInvalidInputError);
  });

  it('given a plan that is no longer so, starts nothing and says what changed', async (t) => {
    const lane = await clientLane(t, { size: 3 });
    const { fleets } = lane.reimage;
    const plan = await fleets.plan(lane.spec());
    const [first = ''] = lane.ids;
    await lane.worker.execute({
      regionId: REGION,
      instanceId: first,
      imageId: OTHER_IMAGE_ID,
      keyNames: ['ops'],
    });

    await assert.rejects(fleets.start(plan), failsAs('PlanStale', new RegExp(`${first} .*-> already-on-image`)));

    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 1);
    await assert.rejects(fleets.get({ fleetId: plan.spec.name }), ReimageNotFoundError);
  });

  it('given a plan that was changed by hand, starts nothing', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const plan = await fleets.plan(lane.spec());
    const rows = plan.rows.slice(0, 1);
    await assert.rejects(fleets.start({ ...plan, rows }), ReimageInvalidInputError);
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 0);
  });

  it('finds a fleet by its id and, the latest one, by its name, with and without its region', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { fleets } = lane.reimage;
    const first = await fleets.wait(await fleets.start(lane.spec()));
    const second = await fleets.start(lane.spec({}, { skipMatching: false }));
    const { name, regionId } = second;
    await eventually(
      'the index knows it',
      async () => (await fleets.get({ fleetId: name })).fleetId === second.fleetId,
    );

    assert.equal((await fleets.get({ fleetId: name, regionId })).fleetId, second.fleetId);
    assert.equal((await fleets.get({ fleetId: first.fleetId })).fleetId, first.fleetId);
    assert.equal((await fleets.get({ fleetId: first.fleetId, regionId })).status, 'done');
    await assert.rejects(fleets.get({ fleetId: name, regionId: 'cn-east-2' }), failsAs('FleetNotFound', /cn-east-2/));
    const listed = await fleets.list({ regionId, limit: 1000 });
    assert.ok([first, second].every(({ fleetId }) => listed.some((fleet) => fleet.fleetId === fleetId)));
    await fleets.wait(second);
  });

  it('tells the phase of each VM under way', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const stopping = holdTransition(lane.cloud, 'stopInstance', { times: 2 });
    const { fleets } = lane.reimage;
    const fleet = await fleets.start(lane.spec({ canary: 0, maxUnavailable: { fleet: 2 } }));
    await untilFleetIs(lane, fleet, 'both are under way', ({ summary }) => summary?.counts.rebuilding === 2);
    await eventually('both are stopping', async () => {
      const phases = await fleets.phases(fleet);
      return lane.ids.every((id) => phases.get(id) === 'stopping');
    });
    const [first = ''] = lane.ids;
    assert.equal((await lane.reimage.get({ regionId: REGION, instanceId: first })).fleetId, fleet.fleetId);
    await stopping.reached();
    stopping.release();
    await fleets.wait(fleet);
  });
});
