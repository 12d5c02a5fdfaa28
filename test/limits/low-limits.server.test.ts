import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { ReimageError } from '../../client/index.js';
import type { FleetSummary } from '../../contracts/fleet/fleet-progress.js';
import { leastPayloadOf } from '../../contracts/fleet/rollout-policy.js';
import { FREEZE_WORKFLOW_ID } from '../../contracts/freeze.js';
import { rebuildWorkflowId } from '../../contracts/ids.js';
import { DECIDE_UPDATE } from '../../contracts/names.js';
import { jsonBytes } from '../../contracts/utf8-text.js';
import { readFreeze } from '../../temporal/namespace/open-namespace.js';
import { clientLane, failsAs, untilFleetIs } from '../client/fleet/client-lane.js';
import { eventually } from '../fixtures/eventually.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { namespaceOn } from '../fixtures/own-namespace.js';
import { requestFor } from '../fixtures/requests.js';
import { suiteScope } from '../fixtures/suite-scope.js';
import { ownTemporal, type TestTemporal } from '../fixtures/temporal-env.js';
import {
  erases,
  fleetInput,
  fleetLane,
  type FleetLane,
  fleetOutcome,
  startFleet,
  summaryOf,
  untilFleet,
} from '../workflows/fleet/fleet-lane.js';
import { act } from '../workflows/fleet/fleet-updates.js';
import { resetToLastTask } from '../workflows/fleet/reset-fleet.js';
import { decide, refusalOf, SLOW_START, startFails, untilHeld } from '../workflows/way-out-run.js';

/** Some of the limits of Temporal 1.29, a hundredth and less of what they are by default. */
const UPDATES = 20;
const BLOB = 100_000;
const LIMITS = {
  'history.maxTotalUpdates': UPDATES,
  'history.maxInFlightUpdates': 2 * UPDATES,
  'limit.historyCount.suggestContinueAsNew': 40,
  'limit.historyCount.error': 400,
  'limit.blobSize.error': BLOB,
  'limit.blobSize.warn': BLOB,
} as const;
const BOB = { by: 'bob', reason: 'flood' };

let temporal: TestTemporal;
const scope = suiteScope();
before(async () => void (temporal = await ownTemporal(scope, { dynamicConfig: LIMITS })));

/** Changes a limit more often than one run may be. */
async function flood(handle: WorkflowHandle): Promise<void> {
  for (let count = 0; count < 3 * UPDATES; count += 1) await act(handle, 'set', { ...BOB, maxHeld: 1 + (count % 5) });
}

function runsOf({ auditEntries }: Pick<FleetSummary, 'auditEntries'>): number {
  return 1 + auditEntries.filter(({ action: done }) => done === 'continued').length;
}

describe('a fleet on a server with low limits', { concurrency: 2 }, () => {
  for (const end of ['approve', 'abort'] as const) {
    it(`takes three times the updates of a run at a gate, and then ${end}`, async (t) => {
      const lane = await fleetLane(t, { size: 2, worker: { temporal } });
      const waves = ['canary', 'wave-1'].map((name) => ({ name, size: 1 }));
      const input = fleetInput(lane, { rollout: { approval: { afterCanary: 'always' } }, waves });
      const handle = await startFleet(lane, input);
      const { nextEvent } = await untilFleet(handle, 'the gate', ({ status }) => status === 'awaiting-approval');

      await flood(handle);
      const flooded = await summaryOf(handle);
      const who = { by: 'eve', reason: 'looks well' };
      if (end === 'abort') await act(handle, 'abort', who);
      else await act(handle, 'approve', { ...who, planDigest: input.planDigest, gate: 'after the canary' });
      const result = await fleetOutcome(handle);

      assert.deepEqual([flooded.status, flooded.nextEvent], ['awaiting-approval', nextEvent], 'the same deadline');
      assert.ok(runsOf(result) >= 3, `${runsOf(result)} runs`);
      assert.equal(result.auditEntries.filter(({ action: done }) => done === 'gate').length, 1, 'one gate');
      assert.equal(
        result.auditEntries.filter(({ action: done }) => done === 'set').length,
        3 * UPDATES,
        'no act is lost',
      );
      assert.deepEqual(erases(lane), end === 'abort' ? [1, 0] : [1, 1]);
    });
  }

  it('takes them while it bakes, and bakes no longer for it', async (t) => {
    const lane = await fleetLane(t, { size: 2, worker: { temporal } });
    const waves = ['canary', 'wave-1'].map((name) => ({ name, size: 1 }));
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { bakeSeconds: 600 }, waves }));
    const { nextEvent } = await untilFleet(handle, 'the bake', ({ status }) => status === 'baking');

    await flood(handle);
    const flooded = await summaryOf(handle);
    await act(handle, 'abort', BOB);
    const result = await fleetOutcome(handle);

    assert.deepEqual([flooded.status, flooded.nextEvent], ['baking', nextEvent]);
    assert.ok(runsOf(result) >= 3, `${runsOf(result)} runs`);
    assert.deepEqual(erases(lane), [1, 0]);
  });

  it('takes them while paused, with a held VM and one under way, and each VM is erased once', async (t) => {
    const lane = await fleetLane(t, { size: 4, ...SLOW_START, worker: { temporal } });
    lane.cloud.addFault({ ...startFails(), instanceId: lane.ids[0] });
    const template = { onFailure: 'hold' } as const;
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 2 } }, template }));
    await untilFleet(handle, 'one is held', ({ counts }) => counts.held === 1);
    await act(handle, 'pause', BOB);

    await flood(handle);
    const flooded = await untilFleet(handle, 'only the held one is under way', ({ counts }) => counts.rebuilding === 0);
    await act(handle, 'resume', { ...BOB, pause: 1 });
    await untilFleet(handle, 'the others are done', ({ counts }) => counts.done === 3);
    await decide(heldOf(lane), 'retry');
    const result = await fleetOutcome(handle);

    assert.deepEqual([flooded.status, flooded.counts.held], ['paused', 1]);
    assert.ok(runsOf(result) >= 3, `${runsOf(result)} runs`);
    assert.deepEqual([result.outcome, result.counts.done], ['done', 4]);
    assert.deepEqual(erases(lane), [1, 1, 1, 1]);
  });

  for (const since of ['terminated', 'reset'] as const) {
    it(`learns of a held rebuild of an earlier run that was ${since} since`, async (t) => {
      const lane = await fleetLane(t, { size: 2, ...SLOW_START, worker: { temporal } });
      lane.cloud.addFault({ ...startFails(), instanceId: lane.ids[0] });
      const rollout = { maxUnavailable: { fleet: 2 }, maxFailures: { fleet: 1 } };
      const handle = await startFleet(lane, fleetInput(lane, { rollout, template: { onFailure: 'hold' } }));
      await untilFleet(handle, 'one is held', ({ counts }) => counts.held === 1 && counts.done === 1);
      await flood(handle);

      if (since === 'terminated') await heldOf(lane).terminate();
      else await decide(await resetToLastTask(lane, heldOf(lane)), 'retry');
      const result = await fleetOutcome(handle);

      assert.ok(runsOf(result) >= 3, `${runsOf(result)} runs`);
      assert.deepEqual([result.counts.done, result.counts.failed], since === 'terminated' ? [1, 1] : [2, 0]);
      assert.deepEqual(erases(lane), [1, 1]);
    });
  }

  it('aborts now what an earlier run has started', async (t) => {
    const lane = await fleetLane(t, { size: 3, worker: { temporal } });
    lane.cloud.addFault({ operation: 'stopInstance', times: 'always', kind: { status: 503, when: 'before' } });
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 2 } } }));
    await untilFleet(handle, 'two are under way', ({ counts }) => counts.rebuilding === 2);

    await flood(handle);
    await act(handle, 'abort', { ...BOB, now: true });
    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.cancelled, result.counts.waiting], ['aborted', 2, 1]);
    assert.deepEqual(erases(lane), [0, 0, 0]);
  });

  it('continues as new again and again by the number of its events, and erases each VM once', async (t) => {
    const lane = await fleetLane(t, { size: 8, worker: { temporal } });
    const waves = ['canary', 'wave-1', 'wave-2'].map((name, at) => ({ name, size: [1, 3, 4][at] ?? 0 }));
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 2 } }, waves }));

    const result = await fleetOutcome(handle);

    assert.deepEqual([result.outcome, result.counts.done], ['done', 8]);
    assert.ok(runsOf(result) >= 3, `${runsOf(result)} runs`);
    assert.deepEqual(erases(lane), [1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('is refused before anything is touched where the server takes less than it will hand on', async (t) => {
    const lane = await fleetLane(t, { size: 1_200, worker: { temporal } });
    const input = fleetInput(lane);
    assert.ok(jsonBytes(input) < BLOB && leastPayloadOf(input) > BLOB, `${jsonBytes(input)} ${leastPayloadOf(input)}`);

    const { failure, counts } = await fleetOutcome(await startFleet(lane, input));

    assert.equal(failure?.type, 'ServerLimit');
    assert.match(failure?.message ?? '', /limit\.blobSize\.error/);
    assert.equal(counts.waiting, 1_200);
    assert.deepEqual(lane.cloud.journal.calls(), []);
  });

  it('says what needs no update where the server takes none', async (t) => {
    const lane = await clientLane(t, { size: 2, worker: { temporal } });
    const { fleets } = lane.reimage;
    const spec = lane.spec({ canary: 1, approval: { afterCanary: 'always' } });
    const fleet = await fleets.start(spec);
    const { operationId } = await untilFleetIs(lane, fleet, 'the gate', ({ status }) => status === 'awaiting-approval');
    await lane.worker.worker.stop();
    const handle = temporal.client.workflow.getHandle(operationId);
    const sets = Array.from({ length: UPDATES }, () => act(handle, 'set', { ...BOB, maxHeld: 2 }).catch(String));

    let refused: unknown = null;
    // The server refuses some of many that come at once, and forgets some while it learns that no worker is there: a pause may
    // still get such a place. Each is a wish of its own, so that one that has got a place is not asked after again.
    const isRefused = async () => {
      const wish = { ...BOB, reason: randomUUID() };
      refused = await fleets.pause(fleet, wish, { workerTimeoutMs: 1_000 }).catch((error: unknown) => error);
      return refused instanceof ReimageError && refused.failure.type !== 'NoWorker';
    };
    await eventually('all that a run may be sent is under way', isRefused, 120_000);

    assert.ok(refused instanceof ReimageError);
    assert.ok(failsAs('ServerLimit', /takes no update now.*distinct updates/)(refused));
    assert.match(refused.failure.next ?? '', /temporal workflow cancel .*reimage:cn-north-1/);
    await handle.terminate();
    await Promise.all(sets);
  });
});

describe('a freeze on a server with low limits', () => {
  it('outlasts a flood of signals, is there at each look, and says since when as before', async (t) => {
    const own = await namespaceOn(temporal);
    const lane = await clientLane(t, { size: 1, worker: { temporal: own } });
    const { freeze } = await lane.reimage.freeze({ by: 'ann', reason: 'audit' });
    const handle = own.client.workflow.getHandle(FREEZE_WORKFLOW_ID);
    const { runId: first } = await handle.describe();
    const looks: unknown[] = [];
    let isOver = false;
    const looking = (async () => {
      while (!isOver) looks.push(await readFreeze(own.client));
    })();

    await eventually('two runs after the first', async () => {
      await handle.signal('nobody-listens');
      const runs = await readRuns(own);
      return runs >= 3;
    });
    isOver = true;
    await looking;
    const unfrozen = await lane.reimage.unfreeze({ by: 'bob', reason: 'over' });

    assert.ok(looks.length > 0);
    for (const look of looks) assert.deepEqual(look, freeze);
    assert.notEqual((await handle.describe()).runId, first);
    assert.deepEqual(unfrozen?.freeze, freeze);
    assert.equal(await lane.reimage.frozen(), null);
  });
});

describe('a held rebuild on a server with low limits', () => {
  it('refuses three times the decisions of a run, and takes the one that is for its hold', async (t) => {
    const lane = await fleetLane(t, { size: 1, ...SLOW_START, worker: { temporal } });
    lane.cloud.addFault({ ...startFails(), instanceId: lane.ids[0] });
    const handle = await lane.worker.start(requestFor(lane.ids[0] ?? '', { onFailure: 'hold' }));
    await untilHeld(handle);
    const { historyLength: before } = await handle.describe();

    for (let count = 0; count < 3 * UPDATES; count += 1) {
      const past = { decision: 'retry', heldSince: '2026-01-01T00:00:00Z', ...BOB };
      assert.equal(await refusalOf(handle.executeUpdate(DECIDE_UPDATE, { args: [past] })), 'DecisionRefused');
    }
    const { historyLength: after } = await handle.describe();
    await decide(handle, 'retry');

    assert.equal((await outcomeOf(handle)).outcome, 'done');
    assert.ok(after - before < UPDATES, `${after - before} events`);
    assert.deepEqual(erases(lane), [1]);
  });
});

async function readRuns({ client }: TestTemporal): Promise<number> {
  return (await client.workflow.count(`WorkflowId = '${FREEZE_WORKFLOW_ID}'`)).count;
}

function heldOf({ ids }: FleetLane): WorkflowHandle {
  return temporal.client.workflow.getHandle(rebuildWorkflowId({ regionId: 'cn-north-1', instanceId: ids[0] ?? '' }));
}
