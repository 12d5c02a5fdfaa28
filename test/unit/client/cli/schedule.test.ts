import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CliSchedules } from '../../../../client/cli/io/deps.js';
import { failureOf, toReimageError } from '../../../../client/connection/errors.js';
import { FleetSchedule } from '../../../../contracts/fleet/fleet-schedule.js';
import { type FakeOptions, runFake } from './fake-deps.js';
import { fleet, fleetPlan } from './fleet-fakes.js';
import { details } from './schedule-fakes.js';

const YAML = `
name: web
regionId: cn-north-1
select: { name: '*' }
image: { newestNamed: web- }
rebuild: { keyNames: [ops] }
`;
const WHO = { by: 'alice', reason: 'storage' };

/** A library that shows these details to who creates, as the real one does, and keeps what it was given. */
function creating(given: unknown[] = []): FakeOptions {
  return {
    fleets: { plan: async () => fleetPlan() },
    schedules: {
      create: async (schedule, options) => {
        given.push(schedule);
        await options?.confirm?.(details({ paused: true }));
        return details();
      },
    },
    env: { USER: 'alice' },
    io: { readFile: async () => Buffer.from(YAML) },
  };
}

const TRIGGER = ['schedule', 'trigger', 'web-nightly', '--reason', 'storage', '--by', 'alice'];
const CREATE = ['schedule', 'create', 'web.yaml', '--zone', 'Asia/Shanghai'];

describe('reimage schedule create', () => {
  it('shows what a firing would do and the next times, has the id typed, and creates', async () => {
    const given: unknown[] = [];
    const argv = [...CREATE, '--cron', '0 2 * * 6', '--id', 'web-nightly'];
    const seen = await runFake(argv, { ...creating(given), answer: 'web-nightly' });
    assert.deepEqual([seen.exitCode, seen.calls], [0, ['fleets.plan', 'schedules.create', 'close']]);
    const err = seen.err.join('\n');
    assert.match(
      err,
      /! erases system disk[^]*0 2 \* \* 6[^]*Sat 2026-11-28 02:00:00 \+01:00 {2}= {2}2026-11-28T01:00/,
    );
    assert.match(err, /the newest at each firing whose name begins with "web-"/);
    assert.match(err, /warning: 2027-03-28 02:00 Europe\/Berlin does not fire/);
    assert.match(seen.questions[0] ?? '', /^Type web-nightly to let it erase/);
    assert.deepEqual(seen.out, ['created: schedule web-nightly. See it: reimage schedule describe web-nightly']);
    const { fleet, ...schedule } = FleetSchedule.parse(given[0]);
    assert.deepEqual(schedule, {
      id: 'web-nightly',
      cron: ['0 2 * * 6'],
      zone: 'Asia/Shanghai',
      jitterSeconds: 0,
      overlap: 'skip',
      catchUpSeconds: 600,
      pauseOnFailure: true,
      paused: false,
    });
    assert.deepEqual([fleet.name, fleet.requestedBy], ['web', 'alice']);
  });

  it('takes a time of day and weekdays, and everything else that there is', async () => {
    const given: unknown[] = [];
    const argv =
      '--at 23:30 --days mon,Sun --jitter 5m --overlap buffer-one --catch-up 30s --no-pause-on-failure --paused --no-plan --yes --requested-by eve --reason patches --output json';
    const seen = await runFake([...CREATE, ...argv.split(' ')], creating(given));
    assert.deepEqual([seen.exitCode, seen.calls], [0, ['schedules.create', 'close']]);
    assert.equal(scheduleIdIn(seen.out[0]), 'web-nightly');
    const { fleet, ...schedule } = FleetSchedule.parse(given[0]);
    assert.deepEqual(schedule, {
      id: 'web',
      calendars: [{ at: '23:30', weekdays: ['mon', 'sun'] }],
      zone: 'Asia/Shanghai',
      jitterSeconds: 300,
      overlap: 'buffer-one',
      catchUpSeconds: 30,
      pauseOnFailure: false,
      paused: true,
    });
    assert.deepEqual([fleet.requestedBy, fleet.reason], ['eve', 'patches']);
  });

  it('given a launch script that nothing runs, creates nothing', async () => {
    const userdata = `[{ key: launch-script, value: ${Buffer.from('echo').toString('base64')} }]`;
    const readFile = async () => Buffer.from(YAML.replace('[ops]', `[ops], userdata: ${userdata}`));
    const seen = await runFake([...CREATE, '--cron', '@daily', '--yes'], { ...creating(), io: { readFile } });
    assert.deepEqual([seen.exitCode, seen.calls], [2, []]);
    assert.match(seen.err.join('\n'), /rebuild\.userdata\.0\.value: is no script/);
  });

  it('given a fleet that selects nobody, creates nothing', async () => {
    const options = { ...creating(), fleets: { plan: async () => fleetPlan([]) } };
    const seen = await runFake([...CREATE, '--cron', '@daily', '--yes'], options);
    assert.deepEqual([seen.exitCode, seen.calls], [3, ['fleets.plan', 'close']]);
    assert.match(seen.err.join('\n'), /NothingSelected: web selects no VM/);
  });

  it('given another word than the id, lets the library undo it', async () => {
    const seen = await runFake([...CREATE, '--cron', '@daily'], { ...creating(), answer: 'yes' });
    assert.deepEqual([seen.exitCode, seen.out], [4, []]);
    assert.match(seen.err.join('\n'), /not the id of the schedule/);
  });

  for (const { name, more, says } of [
    { name: 'no times', more: [], says: /says no time.*--cron or --at/ },
    { name: 'no cron expression', more: ['--cron', 'at noon'], says: /must be a cron expression.*--cron or --at/ },
    { name: 'a zone inside of it', more: ['--cron', 'CRON_TZ=Asia/Shanghai 0 2 * * 6'], says: /must be a cron/ },
    { name: 'no time of day', more: ['--at', '25:00'], says: /must be a time of day.*--at/ },
    { name: 'no weekday', more: ['--at', '02:00', '--days', 'someday'], says: /--at, --days/ },
    { name: 'days for a cron expression', more: ['--cron', '@daily', '--days', 'sat'], says: /--days goes with --at/ },
    { name: 'a catch-up that is too long', more: ['--cron', '@daily', '--catch-up', '30d'], says: /--catch-up/ },
  ]) {
    it(`given ${name}, names the option and does nothing`, async () => {
      const seen = await runFake([...CREATE, '--yes', ...more], creating());
      assert.deepEqual([seen.exitCode, seen.calls], [2, []]);
      assert.match(seen.err.join('\n'), says);
    });
  }

  it('off a terminal and without --yes, does nothing', async () => {
    const seen = await runFake([...CREATE, '--cron', '@daily'], creating());
    assert.deepEqual([seen.exitCode, seen.calls], [2, []]);
  });
});

describe('other commands of schedules', () => {
  it('describe shows state, note, counts, firings, next times and warnings', async () => {
    const schedules: Partial<CliSchedules> = { describe: async () => details() };
    const { exitCode, out } = await runFake(['schedule', 'describe', 'web-nightly'], { schedules });
    assert.equal(exitCode, 0);
    for (const line of [
      'Schedule web-nightly of fleet web in cn-north-1',
      '  times     0 2 * * 6, Europe/Berlin',
      '  jitter    up to 1m 00s late',
      '  catch-up  up to 10m 00s late; later ones are missed, and told',
      '  state     active',
      '  so far    3 fired, 1 missed while the server was away, 2 skipped while the one before ran',
      '2026-11-21T01:00:00.000Z  web-1f0c53d5  awaiting-approval  2 misfit    ana: ticket 4711  scheduled:cn-north-1:web-nightly-2026-11-21T18:00:00Z',
      'warning: 2027-03-28 02:00 Europe/Berlin does not fire: the clock is changed then',
    ])
      assert.ok(out.includes(line), `${line}\nin\n${out.join('\n')}`);
  });

  it('the status of a fleet names the schedule that has started it', async () => {
    const get = async () => fleet({ scheduleId: 'web-nightly' });
    const { out } = await runFake(['fleet', 'status', 'web', '--no-follow'], { fleets: { get } });
    assert.ok(out.includes('  schedule  web-nightly'), out.join('\n'));
  });

  it('list tells what was missed and skipped', async () => {
    const schedules: Partial<CliSchedules> = { list: async () => [details({ paused: true })] };
    const { out } = await runFake(['schedule', 'list'], { schedules });
    assert.match(out[0] ?? '', /NEXT {2}FIRED {2}MISSED {2}SKIPPED/);
    assert.match(out[1] ?? '', /^web-nightly .* paused +- +3 +1 +2$/);
    const none = await runFake(['schedule', 'list'], { schedules: { list: async () => [] } });
    assert.deepEqual(none.out, ['no schedules']);
  });

  for (const act of ['pause', 'resume'] as const) {
    it(`${act} says who and why, and shows the note`, async () => {
      const given: unknown[] = [];
      const note = `${act}d by alice: storage`;
      const change = async (...args: unknown[]) => (given.push(args), details({ note }));
      const argv = ['schedule', act, 'web-nightly', '--reason', 'storage'];
      const { exitCode, out } = await runFake(argv, { schedules: { [act]: change }, env: { USER: 'alice' } });
      assert.deepEqual([exitCode, given, out], [0, [['web-nightly', WHO]], [`web-nightly: ${note}`]]);
    });
  }

  for (const { outcome, operationId, code, says } of [
    { outcome: 'started', operationId: 'scheduled:x', code: 0, says: /started as scheduled:x/ },
    { outcome: 'skipped', operationId: null, code: 5, says: /skipped: the firing before still runs/ },
    { outcome: 'asked', operationId: null, code: 0, says: /asked for/ },
  ] as const) {
    it(`trigger that is ${outcome} exits with ${code}`, async () => {
      const schedules: Partial<CliSchedules> = { trigger: async () => ({ outcome, operationId }) };
      const { exitCode, out, calls } = await runFake([...TRIGGER, '--no-plan', '--yes'], { schedules });
      assert.deepEqual([exitCode, calls], [code, ['schedules.trigger', 'close']]);
      assert.match(out[0] ?? '', says);
    });
  }

  const started: Partial<CliSchedules> = {
    describe: async () => details(),
    trigger: async () => ({ outcome: 'started', operationId: 'scheduled:1' }),
  };

  it('trigger shows the plan of a firing, and has the name of the fleet typed', async () => {
    const fleets = { plan: async () => fleetPlan() };
    const yes = await runFake(TRIGGER, { schedules: started, fleets, answer: 'web' });
    assert.deepEqual(
      [yes.exitCode, yes.calls],
      [0, ['schedules.describe', 'fleets.plan', 'schedules.trigger', 'close']],
    );
    assert.match(yes.err.join('\n'), /! erases system disk/);
    assert.match(yes.questions[0] ?? '', /^Type web to erase the system disks/);
    const no = await runFake(TRIGGER, { schedules: started, fleets, answer: 'web-nightly' });
    assert.deepEqual([no.exitCode, no.calls.includes('schedules.trigger')], [4, false]);
    const unasked = await runFake([...TRIGGER, '--yes'], { schedules: started, fleets });
    assert.deepEqual([unasked.exitCode, unasked.questions, unasked.calls.includes('fleets.plan')], [0, [], true]);
  });

  it('trigger off a terminal needs --yes, and fires nothing that nobody can see or that means nobody', async () => {
    const bare = await runFake(TRIGGER, { schedules: started });
    assert.deepEqual([bare.exitCode, bare.calls], [2, []]);
    assert.match(bare.err.join('\n'), /pass --yes/);
    const blind = { ...started, describe: async () => details({ spec: null }) };
    const unseen = await runFake(TRIGGER, { schedules: blind, answer: 'web' });
    assert.deepEqual([unseen.exitCode === 0, unseen.calls], [false, ['schedules.describe', 'close']]);
    const all = await runFake([...TRIGGER, '--yes'], { schedules: blind });
    assert.deepEqual([all.exitCode, all.calls.at(-2)], [0, 'schedules.trigger']);
    const nobody = { plan: async () => fleetPlan([]) };
    const empty = await runFake([...TRIGGER, '--yes'], { schedules: started, fleets: nobody });
    assert.deepEqual([empty.exitCode, empty.calls.includes('schedules.trigger')], [3, false]);
  });

  it('delete shows the schedule, has its id typed, and deletes it', async () => {
    const schedules: Partial<CliSchedules> = { describe: async () => details(), delete: async () => undefined };
    const argv = ['schedule', 'delete', 'web-nightly'];
    const yes = await runFake(argv, { schedules, answer: 'web-nightly' });
    assert.deepEqual([yes.exitCode, yes.calls], [0, ['schedules.describe', 'schedules.delete', 'close']]);
    const no = await runFake(argv, { schedules, answer: 'no' });
    assert.deepEqual([no.exitCode, no.calls], [4, ['schedules.describe', 'close']]);
  });

  for (const [option, word] of [
    ['--by', 'alice'],
    ['--reason', 'no longer needed'],
  ] as const) {
    it(`delete takes no ${option}, which nothing would keep, and says what to do instead`, async () => {
      const { exitCode, err, calls } = await runFake(['schedule', 'delete', 'web-nightly', '--yes', option, word]);
      assert.deepEqual([exitCode, calls], [2, []]);
      assert.match(
        err.join('\n'),
        new RegExp(`${option.slice(2)}: a schedule that is deleted leaves nothing .* schedule pause \\(${option}\\)`),
      );
    });
  }

  it('next shows as many as asked for, as JSON too', async () => {
    const given: unknown[] = [];
    const { next } = details();
    const schedules: Partial<CliSchedules> = { next: async (...args) => (given.push(args), next) };
    const argv = ['schedule', 'next', 'web-nightly', '--count', '3', '--output', 'json'];
    const { out } = await runFake(argv, { schedules });
    assert.deepEqual([given, JSON.parse(out[0] ?? '')], [[['web-nightly', 3]], { scheduleId: 'web-nightly', next }]);
  });

  for (const [type, code] of [
    ['ScheduleNotFound', 6],
    ['ScheduleExists', 5],
  ] as const) {
    it(`exits with ${code} for ${type}`, async () => {
      const describe = () => Promise.reject(toReimageError(failureOf(type, 'no')));
      const { exitCode } = await runFake(['schedule', 'describe', 'web-nightly'], { schedules: { describe } });
      assert.equal(exitCode, code);
    });
  }
});

function scheduleIdIn(line: string | undefined): unknown {
  return (JSON.parse(line ?? '') as { scheduleId: unknown }).scheduleId;
}
