import type { WorkflowHandle } from '@temporalio/client';
import { rebuildWorkflowId } from '../contracts/ids.js';
import type { Scope } from '../test/support/defer.js';
import {
  fleetInput,
  type FleetLane,
  fleetLane,
  fleetOutcome,
  startFleet,
  untilFleet,
} from '../test/workflows/fleet/fleet-lane.js';
import { act } from '../test/workflows/fleet/fleet-updates.js';
import type { FleetHistory } from './fleet-histories.js';
import { decide, SLOW_START, startFails } from '../test/workflows/way-out-run.js';

const BOB = { by: 'bob', reason: 'for the record' };
const ONE_AT_A_TIME = { maxUnavailable: { fleet: 1 } } as const;

/** Plays a fleet to its end, and gives what is recorded. @throws Error when it ends otherwise than it should */
export const FLEET_SCENARIOS: Readonly<Record<FleetHistory, (scope: Scope) => Promise<WorkflowHandle>>> = {
  'fleet-approved': approved,
  'fleet-paused-and-changed': pausedAndChanged,
  'fleet-held': held,
  'fleet-rolled-back': rolledBack,
  'fleet-aborted-now': abortedNow,
  'fleet-continued': continued,
};

/** A canary, its approval, a wave under maintenance windows, and a bake of each. */
async function approved(scope: Scope): Promise<WorkflowHandle> {
  const lane = await fleetLane(scope, { size: 3 });
  const waves = [
    { name: 'canary', size: 1 },
    { name: 'wave-1', size: 2 },
  ];
  const maintenance = { zone: 'Asia/Shanghai', windows: [{ from: '00:00', to: '00:00' }] };
  const rollout = { bakeSeconds: 1, approval: { afterCanary: 'always' }, maintenance } as const;
  const input = fleetInput(lane, { waves, rollout });
  const handle = await startFleet(lane, input);
  await untilFleet(handle, 'it waits for approval', ({ status }) => status === 'awaiting-approval');
  await act(handle, 'approve', { ...BOB, planDigest: input.planDigest });
  return await ended(handle, 'done');
}

/** A VM that fails; then VMs are skipped, limits set, the failed one tried again, and it goes on. */
async function pausedAndChanged(scope: Scope): Promise<WorkflowHandle> {
  const lane = await fleetLane(scope, { size: 4 });
  const noStock = { status: 400, code: 'FAILED_PRECONDITION', message: 'no stock', when: 'before' } as const;
  lane.cloud.addFault({ operation: 'startInstance', instanceId: lane.ids[0], times: 1, kind: noStock });
  const handle = await startFleet(lane, fleetInput(lane, { rollout: ONE_AT_A_TIME }));
  await untilFleet(handle, 'it is paused', ({ status }) => status === 'paused');
  await act(handle, 'skip', { ...BOB, instanceIds: [lane.ids[1] ?? ''] });
  await act(handle, 'set', { ...BOB, maxUnavailable: 2, maxFailures: 1 });
  await act(handle, 'retryFailed', BOB);
  await act(handle, 'resume', BOB);
  return await ended(handle, 'done');
}

async function held(scope: Scope): Promise<WorkflowHandle> {
  const lane = await fleetLane(scope, { size: 2, ...SLOW_START });
  lane.cloud.addFault({ ...startFails(), instanceId: lane.ids[0] });
  const handle = await startFleet(lane, fleetInput(lane, { template: { onFailure: 'hold' } }));
  await untilFleet(handle, 'one is held', ({ counts }) => counts.held === 1);
  await decide(rebuildOf(lane, 0), 'retry');
  return await ended(handle, 'done');
}

async function rolledBack(scope: Scope): Promise<WorkflowHandle> {
  const lane = await fleetLane(scope, { size: 3, isProtected: [1] });
  const rollout = { ...ONE_AT_A_TIME, onBudgetExhausted: 'rollback' } as const;
  return await ended(await startFleet(lane, fleetInput(lane, { rollout })), 'failed');
}

async function abortedNow(scope: Scope): Promise<WorkflowHandle> {
  const lane = await fleetLane(scope, { size: 2, timing: { stopping: 1_000_000 } });
  const handle = await startFleet(lane, fleetInput(lane, { rollout: ONE_AT_A_TIME }));
  await lane.cloud.waitFor(({ journal }) => journal.calls({ operation: 'stopInstance', performed: true }).length > 0);
  await act(handle, 'abort', { ...BOB, now: true });
  return await ended(handle, 'aborted');
}

/** The second run, which begins with what the first has handed on. */
async function continued(scope: Scope): Promise<WorkflowHandle> {
  const lane = await fleetLane(scope, { size: 15 });
  const rollout = { maxUnavailable: { fleet: 3 } };
  const handle = await startFleet(lane, fleetInput(lane, { rollout, input: { maxHistoryEvents: 100 } }));
  await ended(handle, 'done');
  const { runId } = await handle.describe();
  return lane.worker.client.workflow.getHandle(handle.workflowId, runId);
}

function rebuildOf({ worker, ids }: FleetLane, at: number): WorkflowHandle {
  return worker.client.workflow.getHandle(rebuildWorkflowId({ regionId: 'cn-north-1', instanceId: ids[at] ?? '' }));
}

async function ended(handle: WorkflowHandle, outcome: string): Promise<WorkflowHandle> {
  const result = await fleetOutcome(handle);
  if (result.outcome !== outcome) throw new Error(`${handle.workflowId} ended ${JSON.stringify(result)}`);
  return handle;
}
