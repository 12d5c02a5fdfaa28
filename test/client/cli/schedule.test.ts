import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Connection } from '@temporalio/client';
import { ScheduleDetails } from '../../../client/schedules/state.js';
import { defer } from '../../fixtures/defer.js';
import { eventually } from '../../fixtures/eventually.js';
import { clientLane } from '../fleet/client-lane.js';
import { scheduleFor } from '../schedule/schedule-lane.js';
import { startCli } from './spawn-cli.js';

describe('the commands of schedules as processes, on a real server, worker and simulator', () => {
  it('create, describe, next, pause, trigger a schedule until its fleet is done, and delete it', async (t) => {
    const lane = await clientLane(t, { size: 2 });
    const { connection } = lane.reimage.temporal;
    assert.ok(connection instanceof Connection);
    const env = {
      TEMPORAL_ADDRESS: connection.options.address,
      REIMAGE_TASK_QUEUE: lane.worker.taskQueue,
      USER: 'ana',
    };
    const reimage = async (...argv: string[]) => await startCli(['schedule', ...argv], env).ended;
    const { id } = scheduleFor(t, lane.reimage, lane.spec());
    const directory = await mkdtemp(join(tmpdir(), 'reimage-test-'));
    defer(t, () => rm(directory, { recursive: true, force: true }));
    const file = join(directory, 'web.json');
    await writeFile(file, JSON.stringify(lane.spec()));
    const describeNow = async () => {
      const { stdout } = await reimage('describe', id, '--output', 'json');
      return ScheduleDetails.parse(JSON.parse(stdout));
    };

    const created = await reimage(
      'create',
      file,
      '--id',
      id,
      '--cron',
      '30 2 * * *',
      '--zone',
      'Europe/Berlin',
      '--yes',
    );
    assert.equal(created.exitCode, 0, created.stderr);
    assert.match(
      created.stderr,
      /2 of 2 VMs are rebuilt[^]*next times:\n( {2}\w{3} \d{4}-\d\d-\d\d 02:30:00 .*\n){10}/,
    );
    assert.match(created.stderr, /warning: \d{4}-03-\d\d 02:30 Europe\/Berlin does not fire/);
    assert.match(created.stdout, /^created: schedule nightly-/);
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 0);

    const again = await reimage('create', file, '--id', id, '--cron', '@daily', '--zone', 'UTC', '--yes', '--no-plan');
    assert.deepEqual([again.exitCode, /ScheduleExists/.test(again.stderr)], [5, true]);
    const { stdout: next } = await reimage('next', id, '--count', '12');
    assert.equal(next.trimEnd().split('\n').length, 13, next);
    assert.match((await reimage('pause', id, '--reason', 'storage')).stdout, /paused by ana: storage/);

    const triggered = await reimage('trigger', id, '--reason', 'ticket 4711', '--yes');
    assert.match(triggered.stdout, /started as scheduled:cn-north-1:nightly-/);
    await eventually('the fleet is done', async () => (await describeNow()).firings[0]?.status === 'done');
    for (const vm of lane.ids) assert.equal(lane.cloud.journal.effective('rebuildInstance', vm), 1);
    const { paused, note, fired, firings } = await describeNow();
    assert.deepEqual([paused, note, fired], [true, 'paused by ana: storage', 1]);
    assert.equal(firings[0]?.triggeredBy, 'ana: ticket 4711');

    assert.equal((await reimage('delete', id, '--yes')).stdout, `deleted: schedule ${id}\n`);
    assert.equal((await reimage('describe', id)).exitCode, 6);
  });
});
