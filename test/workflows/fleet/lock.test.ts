import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { fleetIdOf, fleetWorkflowId, planClaimId } from '../../../contracts/fleet/fleet-ids.js';
import type { FleetInput } from '../../../contracts/fleet/fleet-input.js';
import { WORKFLOW } from '../../../contracts/names.js';
import { readClaim } from '../../../temporal/namespace/fleets.js';
import { holdTransition } from '../../fixtures/hold-transition.js';
import { erases, fleetInput, type FleetLane, fleetLane, fleetOutcome, startFleet, untilFleet } from './fleet-lane.js';
import { resetToFirstTask } from './reset-fleet.js';

/** Starts a fleet as a portal of somebody else's may, under an id of its own. */
async function startUnder({ worker }: FleetLane, workflowId: string, input: FleetInput): Promise<WorkflowHandle> {
  return await worker.client.workflow.start(WORKFLOW.reimageFleet, {
    workflowId,
    taskQueue: worker.taskQueue,
    args: [input],
  });
}

/** Type and message of the failure that a workflow ended with. */
async function failureOf(handle: WorkflowHandle): Promise<string> {
  try {
    await handle.result();
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : null;
    if (cause instanceof ApplicationFailure) return `${cause.type}: ${cause.message}`;
    throw error;
  }
  return 'none';
}

describe('the lock of a fleet', { concurrency: 2 }, () => {
  it('is its workflow id: under any other one it ends before it touches anything', async (t) => {
    const lane = await fleetLane(t, { size: 1 });
    const input = fleetInput(lane);
    const others = [
      `web-weekly-2026-11-30T02:00:00Z-${randomUUID()}`,
      `reimage:cn-north-1:${input.fleetId}`,
      `reimage:cn-east-2:${input.name}`,
    ];

    for (const workflowId of others) {
      const failure = await failureOf(await startUnder(lane, workflowId, input));
      assert.match(failure, new RegExp(`^InvalidInput: .*must run as ${fleetWorkflowId(input)}, not as`));
    }

    assert.deepEqual(erases(lane), [0]);
    assert.equal(await readClaim(lane.worker.client, planClaimId(input)), null, 'its plan is not used up');
  });

  it('is of its name: a fleet id that is made of another one is refused', async (t) => {
    const lane = await fleetLane(t, { size: 1 });
    const input = { ...fleetInput(lane), fleetId: fleetIdOf('db', 'abcdef01') };
    assert.match(await failureOf(await startUnder(lane, fleetWorkflowId(input), input)), /^InvalidInput: .*fleetId/);
    assert.deepEqual(erases(lane), [0]);
  });

  it('is held through all runs of a fleet that continues as new', async (t) => {
    // Some four events a VM, in however few workflow tasks: more than a run may have.
    const lane = await fleetLane(t, { size: 48 });
    const input = fleetInput(lane, { rollout: { maxUnavailable: { fleet: 8 } }, input: { maxHistoryEvents: 100 } });
    const last = holdTransition(lane.cloud, 'rebuildInstance', { skip: 47 });
    const handle = await startFleet(lane, input);
    const first = (await handle.describe()).runId;
    await untilFleet(handle, 'its second run', ({ auditEntries }) =>
      auditEntries.some(({ action }) => action === 'continued'),
    );
    const other = { ...fleetInput(lane), name: input.name, fleetId: fleetIdOf(input.name, 'abcdef01') };

    await assert.rejects(startFleet(lane, other), { name: 'WorkflowExecutionAlreadyStartedError' });

    assert.notEqual((await handle.describe()).runId, first);
    await last.reached();
    last.release();
    assert.equal((await fleetOutcome(handle)).counts.done, 48);
    assert.deepEqual(new Set(erases(lane)), new Set([1]));
  });
});

describe('a plan that was used', { concurrency: 2 }, () => {
  it('ends a second fleet of it as PlanUsed, also after the first has ended, with nothing touched', async (t) => {
    const lane = await fleetLane(t, { size: 2 });
    const input = { ...fleetInput(lane, { rollout: { maxUnavailable: { fleet: 2 } } }), skipMatching: false };
    assert.equal((await fleetOutcome(await startFleet(lane, input))).counts.done, 2);

    const { outcome, failure, counts } = await fleetOutcome(await startFleet(lane, input));

    assert.deepEqual([outcome, failure?.type, counts.waiting], ['failed', 'PlanUsed', 2]);
    assert.match(failure?.message ?? '', new RegExp(`as fleet ${input.fleetId}`));
    assert.deepEqual(erases(lane), [1, 1]);
  });

  it('is still its own to a fleet that was reset', async (t) => {
    const lane = await fleetLane(t, { size: 2 });
    const handle = await startFleet(lane, fleetInput(lane, { rollout: { maxUnavailable: { fleet: 2 } } }));
    assert.equal((await fleetOutcome(handle)).counts.done, 2);

    const { outcome, counts } = await fleetOutcome(await resetToFirstTask(lane, handle));

    assert.deepEqual([outcome, counts.done, erases(lane)], ['done', 2, [1, 1]]);
  });

  it('lets a fleet that was reset erase nothing that another one of its name has erased since', async (t) => {
    const lane = await fleetLane(t, { size: 2 });
    const order = { rollout: { maxUnavailable: { fleet: 2 } }, input: { skipMatching: false } };
    const [one, two] = [fleetInput(lane, order), fleetInput(lane, order)];
    const { workflowId, runId } = await (await startFleet(lane, one)).describe();
    // Not the last run of that id: the other fleet's comes after it.
    const first = lane.worker.client.workflow.getHandle(workflowId, runId);
    assert.equal((await fleetOutcome(first)).counts.done, 2);
    const ofSameName = { ...two, name: one.name, fleetId: fleetIdOf(one.name, two.planDigest) };
    const members = { ...two.members, imagesBefore: two.members.images };
    assert.equal((await fleetOutcome(await startFleet(lane, { ...ofSameName, members }))).counts.done, 2);
    assert.deepEqual(erases(lane), [2, 2]);

    const { counts } = await fleetOutcome(await resetToFirstTask(lane, first));

    assert.deepEqual([counts.done, counts.skipped, erases(lane)], [0, 2, [2, 2]]);
  });

  it('is a fleet that was retried, to a second retry of it', async (t) => {
    const lane = await fleetLane(t, { size: 2 });
    const retryOf = fleetInput(lane).fleetId;
    const [one, two] = [fleetInput(lane, { input: { retryOf } }), fleetInput(lane, { input: { retryOf } })];
    assert.equal((await fleetOutcome(await startFleet(lane, one))).outcome, 'done');

    const { outcome, failure } = await fleetOutcome(await startFleet(lane, two));

    assert.deepEqual([outcome, failure?.type], ['failed', 'DecisionRefused']);
    assert.match(failure?.message ?? '', new RegExp(`${retryOf} was retried before, as fleet ${one.fleetId}`));
    assert.deepEqual(erases(lane), [1, 1]);
  });
});
