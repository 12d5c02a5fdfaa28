import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually } from '../../fixtures/eventually.js';
import { holdTransition } from '../../fixtures/hold-transition.js';
import { requestFor } from '../../fixtures/requests.js';
import {
  erases,
  fleetInput,
  fleetLane,
  fleetOutcome,
  keepBusy,
  membersOf,
  startFleet,
  untilFleet,
} from './fleet-lane.js';
import { mostDown } from './journal-of-fleet.js';

describe('a fleet, whatever happens meanwhile', { concurrency: 2 }, () => {
  it('defers a VM that someone else is about to rebuild, and takes it at the end where they did not', async (t) => {
    const lane = await fleetLane(t, { size: 3 });
    const [busy = ''] = lane.ids;
    const other = await keepBusy(lane, busy);
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 3 } } }));

    await untilFleet(handle, 'it is deferred', ({ counts }) => counts.deferred === 1 && counts.done === 2);
    await other.cancel();
    lane.cloud.clearFaults();
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done], ['done', 3]);
    assert.deepEqual(erases(lane), [1, 1, 1]);
  });

  it('skips a VM that was busy and carries the marker of a newer operation, and says so', async (t) => {
    const lane = await fleetLane(t, { size: 2 });
    const [busy = ''] = lane.ids;
    await keepBusy(lane, busy, { requestId: 'ticket-4711' });
    const handle = await startFleet(lane, fleetInput(lane));

    await untilFleet(handle, 'it is deferred', ({ counts }) => counts.deferred === 1);
    lane.cloud.clearFaults();
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done, result.counts.skipped], ['done', 1, 1]);
    assert.deepEqual(erases(lane), [1, 1], 'by the other operation alone');
    const skipped = (await membersOf(handle)).find(({ instanceId }) => instanceId === busy);
    assert.equal(skipped?.failure, 'ConcurrentChange');
    assert.match(skipped?.reason ?? '', /rebuilt by another operation.* marker ticket-4711/);
  });

  it('skips a VM whose disk was erased already when it was found busy', async (t) => {
    const lane = await fleetLane(t, { size: 1 });
    const [busy = ''] = lane.ids;
    const rebuilding = holdTransition(lane.cloud, 'rebuildInstance');
    await lane.worker.start(requestFor(busy));
    await rebuilding.reached();

    const handle = await startFleet(lane, fleetInput(lane));
    await untilFleet(handle, 'it is deferred', ({ counts }) => counts.deferred === 1);
    rebuilding.release();
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.skipped, erases(lane)], ['done', 1, [1]]);
  });

  it('continues as new in the middle, and nothing changes but the run', async (t) => {
    const lane = await fleetLane(t, { size: 18 });
    const rollout = { maxUnavailable: { fleet: 6, perAz: 2 } };
    const handle = await startFleet(lane, fleetInput(lane, { rollout, input: { maxHistoryEvents: 100 } }));

    const result = await fleetOutcome(handle);

    const continued = result.auditEntries.filter(({ action }) => action === 'continued').length;
    assert.ok(
      continued >= 1,
      `it continued as new: ${JSON.stringify(await handle.describe().then(({ historyLength, runId }) => ({ historyLength, runId })))}`,
    );
    assert.deepEqual([result.outcome, result.counts.done], ['done', 18]);
    for (const id of lane.ids) assert.equal(lane.cloud.journal.effective('rebuildInstance', id), 1);
    assert.ok(mostDown(lane.cloud) <= 6);
    const members = await membersOf(handle);
    assert.ok(
      members.every(
        ({ state, startedAt, finishedAt }) => state === 'done' && startedAt !== null && finishedAt !== null,
      ),
    );
  });

  it('judges a wave at the end of its bake: a VM that fell over meanwhile has failed', async (t) => {
    const lane = await fleetLane(t, { size: 3 });
    const [fallen = ''] = lane.ids;
    const handle = await startFleet(
      lane,
      fleetInput(lane, { rollout: { bakeSeconds: 20, maxUnavailable: { fleet: 3 } } }),
    );
    const baking = await untilFleet(handle, 'it bakes', ({ status }) => status === 'baking');
    assert.equal(baking.nextEvent?.description, 'the bake is over');

    lane.cloud.act.stop(fallen);
    await eventually('it is down', () => lane.cloud.vm(fallen).status === 'stopped');
    const paused = await untilFleet(handle, 'it is paused', ({ status }) => status === 'paused');

    assert.match(paused.reason, /failure budget exhausted/);
    const [first] = await membersOf(handle);
    assert.deepEqual([first?.state, first?.failure], ['failed', 'HealthCheckFailed']);
    assert.match(first?.reason ?? '', /at the end of the bake: the VM does not run/);
    await handle.terminate();
  });

  it('starts nothing outside its windows, and tells when the next one opens', async (t) => {
    const lane = await fleetLane(t, { size: 2 });
    // Two hours from now, for an hour, in a zone without daylight saving.
    const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    const opens = hour(2);
    const maintenance = { zone: 'UTC', windows: [{ from: opens, to: hour(3) }] };
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maintenance } }));

    const waiting = await untilFleet(handle, 'it waits for the window', ({ reason }) => reason.includes('window'));

    assert.equal(waiting.status, 'waiting');
    assert.equal(waiting.nextEvent?.description, 'the maintenance window opens');
    assert.equal(waiting.nextEvent?.at.slice(11, 16), opens);
    assert.deepEqual(lane.cloud.journal.calls({ operation: 'stopInstance' }), []);
    await handle.terminate();
  });

  it('starts no rebuild that would not end before the window closes', async (t) => {
    const lane = await fleetLane(t, { size: 2 });
    const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    const maintenance = { zone: 'UTC', windows: [{ from: hour(-1), to: hour(1) }] };
    const slow = { p90Seconds: 3 * 3600 };
    const open = await startFleet(lane, fleetInput({ ids: lane.ids.slice(0, 1) }, { rollout: { maintenance } }));
    const late = await startFleet(
      lane,
      fleetInput({ ids: lane.ids.slice(1) }, { rollout: { maintenance }, input: slow }),
    );

    const waiting = await untilFleet(late, 'it waits', ({ reason }) => reason.includes('closes'));

    assert.match(
      waiting.reason,
      /sooner than nine of ten rebuilds end \(10800 s\), and none of the next 20 is long enough/,
    );
    assert.equal((await fleetOutcome(open)).outcome, 'done');
    assert.equal(lane.cloud.journal.effective('rebuildInstance'), 1);
    await late.terminate();
  });

  it('given a zone that nobody knows, starts nothing and says so', async (t) => {
    const lane = await fleetLane(t, { size: 1 });
    const maintenance = { zone: 'Asia/Peking', windows: [{ from: '00:00', to: '23:59' }] };
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maintenance } }));

    const waiting = await untilFleet(handle, 'it says so', ({ reason }) => reason.includes('Asia/Peking'));

    assert.match(waiting.reason, /cannot look: .*zone/);
    assert.deepEqual(lane.cloud.journal.calls({ operation: 'stopInstance' }), []);
    await handle.terminate();
  });
});
