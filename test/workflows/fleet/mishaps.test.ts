import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import * as z from 'zod';
import type { FleetSummary } from '../../../contracts/fleet/fleet-progress.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID } from '../../../simulator/model/builders.js';
import { eventually } from '../../fixtures/eventually.js';
import { holdTransition } from '../../fixtures/hold-transition.js';
import { requestFor } from '../../fixtures/requests.js';
import {
  erases,
  fleetInput,
  type FleetLane,
  fleetLane,
  fleetOutcome,
  keepBusy,
  membersOf,
  noStart,
  startFleet,
  summaryOf,
  untilFleet,
} from './fleet-lane.js';
import { act } from './fleet-updates.js';
import { touched } from './journal-of-fleet.js';
import { resetToFirstTask } from './reset-fleet.js';

const BOB = { by: 'bob', reason: 'seen' };
const ROLLED_BACK = { maxUnavailable: { fleet: 1 }, onBudgetExhausted: 'rollback' } as const;

const statusesOf = ({ cloud, ids }: FleetLane) => ids.map((id) => cloud.vm(id).status);

/** The VMs that each look of the fleet was at. */
async function looksOf(handle: WorkflowHandle): Promise<string[][]> {
  const { events } = await handle.fetchHistory();
  return (events ?? [])
    .map(({ activityTaskScheduledEventAttributes: scheduled }) => scheduled)
    .filter((scheduled) => scheduled?.activityType?.name === 'observeFleet')
    .map((scheduled) => Buffer.from(scheduled?.input?.payloads?.[0]?.data ?? []).toString())
    .map((text) => FleetVmIds.parse(JSON.parse(text)).instanceIds);
}

const FleetVmIds = z.object({ instanceIds: z.array(z.string()) });

describe('a fleet, when things go wrong', { concurrency: 2 }, () => {
  it('that continues as new while it puts VMs back still puts them back, and starts no other', async (t) => {
    const lane = await fleetLane(t, { size: 8 });
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance', { times: 4 });
    for (const at of [0, 1, 2, 3]) lane.cloud.addFault(noStart(lane.ids[at], 1));
    const rollout = { maxUnavailable: { fleet: 8 }, maxFailures: { fleet: 1 }, onBudgetExhausted: 'rollback' } as const;
    const waves = ['wave-1', 'wave-2'].map((name) => ({ name, size: 4 }));
    const handle = await startFleet(lane, fleetInput(lane, { rollout, waves, input: { maxHistoryEvents: 100 } }));
    await rebuilding.reached();
    for (let maxHeld = 0; maxHeld < 15; maxHeld += 1) await act(handle, 'set', { ...BOB, maxHeld });
    rebuilding.release();

    const result = await fleetOutcome(handle);

    assert.ok(result.auditEntries.some(({ action: done }) => done === 'continued'));
    assert.equal(result.failure?.type, 'FleetFailed', JSON.stringify(result.counts));
    assert.deepEqual(erases(lane), [2, 2, 2, 2, 0, 0, 0, 0]);
    assert.deepEqual([...new Set(statusesOf(lane))], ['running'], 'each has the power state that it had');
    for (const id of lane.ids) assert.equal(lane.cloud.vm(id).imageId, DEFAULT_IMAGE_ID);
  });

  it('that continues as new does an act once that is sent again with its id', async (t) => {
    const lane = await fleetLane(t, { size: 1 });
    const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    const maintenance = { zone: 'UTC', windows: [{ from: hour(3), to: hour(4) }] };
    const handle = await startFleet(
      lane,
      fleetInput(lane, { rollout: { maintenance }, input: { maxHistoryEvents: 100 } }),
    );
    const pause = () => handle.executeUpdate('pause', { args: [BOB], updateId: 'pause:once' });
    const first = await pause();
    const hasContinued = ({ auditEntries }: FleetSummary) =>
      auditEntries.some(({ action: done }) => done === 'continued');
    while (!hasContinued(await summaryOf(handle))) await act(handle, 'set', { ...BOB, maxHeld: 3 });

    assert.deepEqual(await pause(), first);
    assert.equal((await summaryOf(handle)).status, 'paused');
    await act(handle, 'resume', { ...BOB, pause: 1 });
    assert.deepEqual(await pause(), first, 'the pause that is over is not made anew');
    assert.equal((await summaryOf(handle)).status, 'waiting');
    await handle.terminate();
  });

  it('that is aborted while it puts VMs back erases no more', async (t) => {
    const lane = await fleetLane(t, { size: 5, isProtected: [3] });
    const puttingBack = holdTransition(lane.cloud, 'rebuildInstance', { skip: 3 });
    const handle = await startFleet(lane, fleetInput(lane, { rollout: ROLLED_BACK }));
    await puttingBack.reached();
    assert.match((await summaryOf(handle)).reason, /puts back/);

    await act(handle, 'pause', BOB);
    await act(handle, 'resume', { ...BOB, pause: 1 });
    const erased = () => erases(lane).reduce((sum, count) => sum + count, 0);
    assert.equal(erased(), 4, 'three went forward, one is put back');
    await act(handle, 'abort', { ...BOB, now: true });
    puttingBack.release();
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.failure?.type], ['aborted', 'FleetAborted']);
    assert.equal(erased(), 4, JSON.stringify(erases(lane)));
  });

  it('that is reset erases no VM a second time, and takes what its rebuilds did for done', async (t) => {
    const lane = await fleetLane(t, { size: 2 });
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance', { times: 2 });
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 2 } } }));
    await rebuilding.reached();

    const again = await resetToFirstTask(lane, handle);
    rebuilding.release();
    const result = await fleetOutcome(again);

    assert.deepEqual(erases(lane), [1, 1]);
    assert.deepEqual([result.outcome, result.counts.done], ['done', 2], JSON.stringify(await membersOf(again)));
  });

  it('that is reset after VMs were tried again erases none of them once more', async (t) => {
    const lane = await fleetLane(t, { size: 2 });
    lane.cloud.addFault(noStart(lane.ids[0], 1));
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 2 } } }));
    await untilFleet(handle, 'it has failed', ({ counts }) => counts.failed === 1 && counts.done === 1);
    await act(handle, 'retryFailed', BOB);
    await act(handle, 'resume', { ...BOB, pause: 1 });
    assert.equal((await fleetOutcome(handle)).counts.done, 2);
    assert.deepEqual(erases(lane), [2, 1]);

    const again = await resetToFirstTask(lane, handle);
    const result = await fleetOutcome(again);

    assert.deepEqual([result.outcome, result.counts.done], ['done', 2], JSON.stringify(await membersOf(again)));
    assert.deepEqual(erases(lane), [2, 1]);
  });

  it('leaves VMs alone that somebody else has put another image on since the plan', async (t) => {
    const lane = await fleetLane(t, { size: 3 });
    const [matching = ''] = lane.ids;
    await lane.worker.execute(requestFor(matching, { imageId: OTHER_IMAGE_ID }));
    const planned = fleetInput(lane, { rollout: { maxUnavailable: { fleet: 3 } } });
    const imagesBefore = { values: [DEFAULT_IMAGE_ID, 'img-planned'], at: [0, 1, 0] };
    const handle = await startFleet(lane, { ...planned, members: { ...planned.members, imagesBefore } });

    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done, result.counts.skipped], ['done', 1, 2]);
    const [first, second] = await membersOf(handle);
    assert.match(first?.reason ?? '', /somebody else has put the image on/);
    assert.match(second?.reason ?? '', /changed since the plan: it had img-planned, and has /);
    assert.deepEqual(erases(lane), [1, 0, 1], 'by the fleet only the third');
  });

  it('gives a VM that failed while it was down the power state it had at first, retried or put back', async (t) => {
    const lane = await fleetLane(t, { size: 2 });
    lane.cloud.addFault(noStart(lane.ids[0], 1));
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 1 } } }));
    await untilFleet(handle, 'it is paused', ({ status }) => status === 'paused');
    assert.equal(lane.cloud.vm(lane.ids[0] ?? '').status, 'stopped');

    await act(handle, 'retryFailed', BOB);
    await act(handle, 'resume', { ...BOB, pause: 1 });
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done], ['done', 2]);
    assert.deepEqual(statusesOf(lane), ['running', 'running']);
  });

  it('that a machine keeps from starting looks at this one alone, and goes on when it is up', async (t) => {
    const lane = await fleetLane(t, { size: 3 });
    const [broken = ''] = lane.ids;
    lane.cloud.addFault(noStart(broken, 1));
    const rollout = { maxUnavailable: { fleet: 1, maxObservationAgeSeconds: 1 }, maxFailures: { fleet: 1 } };
    const handle = await startFleet(lane, fleetInput(lane, { rollout }));
    const looks = async () => (await looksOf(handle)).slice(2);
    await eventually('it has glanced twice', async () => (await looks()).length >= 2);
    const { reason, nextEvent } = await summaryOf(handle);
    assert.match(reason, /1 of 1 unavailable, 1 of them down for other reasons/);
    assert.match(nextEvent?.description ?? '', /machines that are down are looked at again/);
    const [first, second] = await looks();
    assert.deepEqual([first, second], [[broken], [broken]]);

    lane.cloud.act.start(broken);
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done, result.counts.failed], ['done', 2, 1]);
  });

  it('lets no wave begin before a busy canary was moved', async (t) => {
    const lane = await fleetLane(t, { size: 3 });
    const [busy = ''] = lane.ids;
    const other = await keepBusy(lane, busy);
    const waves = [
      { name: 'canary', size: 1 },
      { name: 'wave-1', size: 2 },
    ];
    const handle = await startFleet(lane, fleetInput(lane, { waves, rollout: { maxUnavailable: { fleet: 3 } } }));
    await untilFleet(handle, 'it is deferred', ({ counts }) => counts.deferred === 1);
    assert.deepEqual(erases(lane), [0, 0, 0]);

    await other.cancel();
    lane.cloud.clearFaults();
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done], ['done', 3]);
    const [canary = 0, ...others] = lane.ids.map(
      (id) => lane.cloud.journal.changes({ instanceId: id }).at(-1)?.seq ?? 0,
    );
    for (const seq of others) assert.ok(seq > canary);
    assert.deepEqual(erases(lane), [1, 1, 1]);
  });

  it('takes a VM whose rebuild had to wait past its window for not started', async (t) => {
    const lane = await fleetLane(t, { size: 1 });
    const kind = { status: 503, when: 'before' } as const;
    // Its validation sees nothing, as if no worker had been there.
    lane.cloud.addFault({ operation: 'describeInstances', times: 'always', kind });
    const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    const maintenance = { zone: 'UTC', windows: [{ from: hour(-1), to: hour(2) }] };
    const lastBegin = Date.now() + 25_000;
    const closesAt = Math.floor((Date.now() + 2 * 3_600_000) / 60_000) * 60_000;
    const input = { p90Seconds: (closesAt - lastBegin) / 1000 };
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maintenance }, input }));
    await untilFleet(handle, 'it has begun', ({ counts }) => counts.rebuilding === 1);
    await eventually('its window is over', () => Date.now() > lastBegin);
    lane.cloud.clearFaults();

    const waiting = await untilFleet(
      handle,
      'it waits for the next window',
      ({ counts, nextEvent }) => counts.waiting === 1 && nextEvent?.description === 'the maintenance window opens',
    );

    assert.equal(waiting.failures.current, 0);
    assert.match((await membersOf(handle))[0]?.reason ?? '', /window closed before it could begin/);
    assert.deepEqual(touched(lane.cloud), []);
    await handle.terminate();
  });

  it('takes a VM that was deleted for failed, and not for one that is down', async (t) => {
    const lane = await fleetLane(t, { size: 3 });
    lane.cloud.act.remove(lane.ids[1] ?? '');
    const rollout = { maxUnavailable: { fleet: 1, maxObservationAgeSeconds: 1 }, maxFailures: { fleet: 1 } };
    const handle = await startFleet(lane, fleetInput(lane, { rollout }));

    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done, result.counts.failed], ['done', 2, 1]);
    assert.equal((await membersOf(handle))[1]?.failure, 'VmNotFound');
  });

  it('with a template of many bytes starts its VMs in parts', async (t) => {
    const lane = await fleetLane(t, { size: 30 });
    const userdata = [
      { key: 'launch-script' as const, value: Buffer.from('#!/bin/bash\n'.padEnd(16_000, '#')).toString('base64') },
    ];
    const order = { rollout: { maxUnavailable: { fleet: 30 } }, template: { userdata } };
    const handle = await startFleet(lane, fleetInput(lane, order));

    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done], ['done', 30]);
    assert.deepEqual(new Set(lane.ids.map((id) => lane.cloud.vm(id).imageId)), new Set([OTHER_IMAGE_ID]));
  });
});
