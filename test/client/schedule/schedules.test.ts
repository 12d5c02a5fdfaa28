import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { readDataConverter, ReimageClient, ReimageInvalidInputError } from '../../../client/index.js';
import { readDaylight, timesBetween } from '../../../client/schedules/read.js';
import type { ScheduleDetails } from '../../../client/schedules/state.js';
import { temporalScheduleId } from '../../../contracts/fleet/fleet-ids.js';
import type { FleetSpecInput } from '../../../contracts/fleet/fleet-spec.js';
import { defer } from '../../fixtures/defer.js';
import { failsAs } from '../fleet/client-lane.js';
import { scheduleFor, schedulesOnly, untilScheduleIs, WHO } from './schedule-lane.js';

const { DescribeScheduleResponse } = proto.temporal.api.workflowservice.v1;

const FLEET: FleetSpecInput = {
  name: 'web',
  regionId: 'cn-north-1',
  select: { name: '*' },
  image: { newestNamed: 'web-' },
  rebuild: { keyNames: ['ops'] },
  requestedBy: 'ana',
  reason: 'patches',
};
const NEVER_FIRES = ['0 0 30 2 *'];

describe('schedules on a server', { concurrency: 4 }, () => {
  it('are shown paused, with the next ten times of the server, before they may fire', async (t) => {
    const reimage = await schedulesOnly(t);
    const wanted = scheduleFor(t, reimage, FLEET);
    const shown: ScheduleDetails[] = [];

    const created = await reimage.schedules.create(wanted, { confirm: (state) => shown.push(state) > 0 });

    const [before] = shown;
    assert.deepEqual([before?.paused, before?.next.length], [true, 10]);
    for (const { local } of before?.next ?? []) assert.match(local, /^Sat \d{4}-\d\d-\d\d 02:00:00 \+08:00$/);
    assert.deepEqual(before?.next, await reimage.schedules.next(wanted.id));
    assert.deepEqual(
      [created.paused, created.note, created.times, created.zone, created.overlap, created.catchUpSeconds],
      [false, 'created by ana', ['0 2 * * 6'], 'Asia/Shanghai', 'skip', 600],
    );
    assert.deepEqual([created.pauseOnFailure, created.jitterSeconds, created.daylight], [true, 0, []]);
    assert.deepEqual([created.fleet, created.regionId, created.spec?.image], ['web', 'cn-north-1', FLEET.image]);
  });

  it('that nobody confirms are not there afterwards', async (t) => {
    const reimage = await schedulesOnly(t);
    const wanted = scheduleFor(t, reimage, FLEET);
    await assert.rejects(
      reimage.schedules.create(wanted, { confirm: () => false }),
      failsAs('NotConfirmed', /Nothing/),
    );
    await assert.rejects(reimage.schedules.describe(wanted.id), failsAs('ScheduleNotFound', /knows of no schedule/));
  });

  it('keep what they are given: calendars, jitter, overlap, catch-up, paused and note', async (t) => {
    const reimage = await schedulesOnly(t);
    const calendars = [{ at: '23:30', weekdays: ['fri', 'sun'] as const, daysOfMonth: [1, 2, 3], months: [6, 12] }];
    const { cron: _cron, ...rest } = scheduleFor(t, reimage, FLEET, { zone: 'UTC', overlap: 'buffer-one' });
    const wanted = {
      ...rest,
      jitterSeconds: 60,
      catchUpSeconds: 30,
      pauseOnFailure: false,
      paused: true,
      note: 'later',
    };

    const told = await reimage.schedules.create({
      ...wanted,
      calendars: calendars.map((each) => ({ ...each, weekdays: [...each.weekdays] })),
    });

    assert.deepEqual(told.times, ['30 23 1,2,3 6,12 5,0']);
    assert.deepEqual(
      [told.jitterSeconds, told.overlap, told.catchUpSeconds, told.pauseOnFailure, told.paused, told.note],
      [60, 'buffer-one', 30, false, true, 'later'],
    );
  });

  it('take several cron expressions, with names and words', async (t) => {
    const reimage = await schedulesOnly(t);
    const cron = ['*/15 0-6 1,15 JAN-JUN MON-FRI', '@daily', '0 2 * * 7', '30 0 2 * * 6 2030'];
    const { times } = await reimage.schedules.create(scheduleFor(t, reimage, FLEET, { cron }));
    assert.deepEqual(times, ['*/15 0-6 1,15 1-6 1-5', '0 0 * * *', '0 2 * * 0', '30 0 2 * * 6 2030']);
  });

  it('are refused where one of that id is there, and leave that one alone', async (t) => {
    const reimage = await schedulesOnly(t);
    const wanted = scheduleFor(t, reimage, FLEET);
    await reimage.schedules.create(wanted);
    await assert.rejects(
      reimage.schedules.create({ ...wanted, cron: ['0 3 * * *'] }),
      failsAs('ScheduleExists', /already/),
    );
    assert.deepEqual((await reimage.schedules.describe(wanted.id)).times, ['0 2 * * 6']);
  });

  for (const { name, more, field } of [
    { name: 'a zone that there is not', more: { zone: 'Asia/Atlantis' }, field: 'zone' },
    { name: 'times that the server does not understand', more: { cron: ['99 2 * * 6'] }, field: 'cron' },
    { name: 'times that never come', more: { cron: NEVER_FIRES }, field: 'cron' },
  ]) {
    it(`with ${name} are refused, and not there`, async (t) => {
      const reimage = await schedulesOnly(t);
      const wanted = scheduleFor(t, reimage, FLEET, more);
      await assert.rejects(
        reimage.schedules.create(wanted),
        (error) => error instanceof ReimageInvalidInputError && error.field === field,
      );
      await assert.rejects(reimage.schedules.describe(wanted.id), failsAs('ScheduleNotFound', /no schedule/));
    });
  }

  it('are paused, resumed and deleted, by whom and why', async (t) => {
    const reimage = await schedulesOnly(t);
    const { schedules } = reimage;
    const { scheduleId: id } = await schedules.create(scheduleFor(t, reimage, FLEET));

    const paused = await schedules.pause(id, { by: 'bob', reason: 'storage' });
    const resumed = await schedules.resume(id, { by: 'eve', reason: 'well again' });
    await schedules.delete(id);

    assert.deepEqual([paused.paused, paused.note], [true, 'paused by bob: storage']);
    assert.deepEqual([resumed.paused, resumed.note], [false, 'resumed by eve: well again']);
    for (const act of [
      () => schedules.describe(id),
      () => schedules.pause(id, WHO),
      () => schedules.trigger(id, WHO),
      () => schedules.delete(id),
    ]) {
      await assert.rejects(act(), failsAs('ScheduleNotFound', /no schedule/));
    }
  });

  it('that are triggered stay what they are, and fire also while paused', async (t) => {
    const reimage = await schedulesOnly(t);
    const { schedules } = reimage;
    const given = scheduleFor(t, reimage, FLEET, { paused: true, cron: ['15 2 1-7 */2 6 2030-2040'] });
    const { scheduleId: id, ...before } = await schedules.create({ ...given, jitterSeconds: 5 });

    const { outcome, operationId } = await schedules.trigger(id, WHO);
    defer(t, async () => void (await reimage.temporal.workflow.getHandle(operationId ?? '').terminate()));
    const after = await schedules.describe(id);

    assert.equal(outcome, 'started');
    assert.match(operationId ?? '', /^scheduled:cn-north-1:nightly-/);
    assert.deepEqual([after.note, after.updatedAt], [before.note, before.updatedAt]);
    assert.deepEqual([after.fired, after.firings[0]?.status, after.firings[0]?.fleetId], [1, 'planning', null]);
    const same = ({ times, zone, overlap, paused, spec, catchUpSeconds, jitterSeconds }: typeof before) => ({
      times,
      zone,
      overlap,
      paused,
      spec,
      catchUpSeconds,
      jitterSeconds,
    });
    assert.deepEqual(same(after), same(before));
  });

  it('fire by their times, and skip what comes due while a firing runs: lists and descriptions tell', async (t) => {
    const reimage = await schedulesOnly(t);
    const { schedules } = reimage;
    const { scheduleId: id } = await schedules.create(scheduleFor(t, reimage, FLEET, { cron: ['* * * * * * *'] }));

    const { fired, running, firings } = await untilScheduleIs(
      reimage,
      id,
      'two skipped',
      ({ skipped }) => skipped >= 2,
    );
    defer(t, async () => void (await reimage.temporal.workflow.getHandle(running[0] ?? '').terminate()));

    assert.deepEqual([fired, running.length, firings.length], [1, 1, 1]);
    const listed = (await schedules.list()).find(({ scheduleId }) => scheduleId === id);
    assert.ok(listed !== undefined && listed.skipped >= 2 && listed.missed === 0);
  });

  it('keep their fleet from who has no key', async (t) => {
    const plain = await schedulesOnly(t);
    const env = { REIMAGE_CODEC_KEYS: 'k=env:KEY', KEY: randomBytes(32).toString('hex') };
    const client = new Client({ connection: plain.temporal.connection, dataConverter: await readDataConverter(env) });
    const reimage = await ReimageClient.connect({ client, taskQueue: plain.taskQueue, env });
    const hidden = await reimage.schedules.create(scheduleFor(t, plain, FLEET));
    const open = await plain.schedules.create(scheduleFor(t, plain, FLEET));
    const asStored = async (id: string) => {
      const { namespace } = plain.temporal.options;
      const scheduleId = temporalScheduleId(id);
      const answer = await plain.temporal.workflowService.describeSchedule({ namespace, scheduleId });
      return Buffer.from(DescribeScheduleResponse.encode(answer).finish()).toString('latin1');
    };

    assert.equal(hidden.spec?.reason, 'patches');
    assert.match(await asStored(hidden.scheduleId), /created by ana/);
    assert.doesNotMatch(await asStored(hidden.scheduleId), /patches/);
    assert.match(await asStored(open.scheduleId), /patches/);
  });

  it('of others are neither listed nor touched', async (t) => {
    const reimage = await schedulesOnly(t);
    const { id } = scheduleFor(t, reimage, FLEET);
    await reimage.temporal.schedule.create({
      scheduleId: temporalScheduleId(id),
      spec: {},
      action: { type: 'startWorkflow', workflowType: 'theirs', taskQueue: 'theirs' },
    });
    await assert.rejects(reimage.schedules.delete(id), failsAs('ScheduleNotFound', /no schedule/));
    await reimage.temporal.schedule.getHandle(temporalScheduleId(id)).describe();
  });

  for (const { zone, cron, expected } of [
    { zone: 'Europe/Berlin', cron: '30 2 * * *', expected: ['left-out 2027-03-28 02:30'] },
    {
      zone: 'Europe/Berlin',
      cron: '0,30 2 * * *',
      expected: [
        'left-out 2027-03-28 02:00',
        'left-out 2027-03-28 02:30',
        'left-out 2027-10-31 02:30',
        'beside 2027-10-31 03:30',
      ],
    },
    {
      zone: 'America/New_York',
      cron: '30 1,2 * * 0',
      expected: ['left-out 2027-03-14 02:30', 'twice 2027-11-07 01:30'],
    },
    {
      zone: 'Australia/Lord_Howe',
      cron: '15 2 * * *',
      expected: ['left-out 2027-10-03 02:15', 'beside 2027-10-03 02:45'],
    },
    { zone: 'Europe/Berlin', cron: '30 2 1 * *', expected: [] },
    { zone: 'Europe/Berlin', cron: '0 * * * *', expected: [] },
    { zone: 'Asia/Shanghai', cron: '30 2 * * *', expected: [] },
  ]) {
    it(`at ${cron} in ${zone} are warned of as the server fires`, async (t) => {
      const reimage = await schedulesOnly(t);
      const context = { client: reimage.temporal, taskQueue: reimage.taskQueue, webUi: null };
      const { scheduleId: id } = await reimage.schedules.create(scheduleFor(t, reimage, FLEET, { zone, cron: [cron] }));
      const { spec } = await reimage.temporal.schedule.getHandle(temporalScheduleId(id)).describe();

      const start = new Date('2027-01-01T00:00:00Z');
      const traps = await readDaylight(context, id, { calendars: spec.calendars ?? [], zone }, start);

      assert.deepEqual(
        traps.map(({ kind, local }) => `${kind} ${local}`),
        expected,
      );
      const times = await timesBetween(context, id, start, new Date(start.getTime() + 365 * 86_400_000));
      const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
      const locals = times.map((time) => format.format(time));
      for (const { kind, local } of traps) {
        const count = locals.filter((each) => each === local).length;
        assert.equal(count, { 'left-out': 0, twice: 2, beside: 1 }[kind], local);
      }
    });
  }

  it('in a zone with daylight saving say within which year what it does to them', async (t) => {
    const reimage = await schedulesOnly(t);
    const wanted = scheduleFor(t, reimage, FLEET, { zone: 'Europe/Berlin', cron: ['30 2 * * *'] });
    const { daylight } = await reimage.schedules.create(wanted);
    assert.equal(daylight.length, 1);
    assert.match(daylight[0] ?? '', /^\d{4}-03-\d\d 02:30 Europe\/Berlin does not fire/);
  });
});
