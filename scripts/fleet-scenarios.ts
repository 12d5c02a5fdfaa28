import { randomUUID } from 'node:crypto';
import {
  WorkflowFailedError,
  type WorkflowHandle,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { firingWorkflowId, fleetIdOf, fleetPlanWorkflowId } from '../contracts/fleet/fleet-ids.js';
import type { ScheduledFleet } from '../contracts/fleet/fleet-schedule.js';
import { FleetSpec } from '../contracts/fleet/fleet-spec.js';
import { rebuildWorkflowId } from '../contracts/ids.js';
import { WORKFLOW } from '../contracts/names.js';
import { OTHER_IMAGE_ID } from '../simulator/model/builders.js';
import type { Scope } from '../test/fixtures/defer.js';
import {
  fleetInput,
  type FleetLane,
  fleetLane,
  fleetOutcome,
  keepBusy,
  noStart,
  startFleet,
  untilFleet,
} from '../test/workflows/fleet/fleet-lane.js';
import { act } from '../test/workflows/fleet/fleet-updates.js';
import { decide, SLOW_START, startFails } from '../test/workflows/way-out-run.js';
import type { FleetHistory } from './fleet-histories.js';

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
  'fleet-left': left,
  'fleet-planned': planned,
  'fleet-busy': busy,
  'fleet-of-firing': scheduled,
  'firing-refused': firingRefused,
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
  await act(handle, 'approve', { ...BOB, planDigest: input.planDigest, gate: 'after the canary' });
  return await ended(handle, 'done');
}

/** A VM that fails; then VMs are skipped, limits set, the failed one tried again, and it goes on. */
async function pausedAndChanged(scope: Scope): Promise<WorkflowHandle> {
  const lane = await fleetLane(scope, { size: 4 });
  lane.cloud.addFault(noStart(lane.ids[0], 1));
  const handle = await startFleet(lane, fleetInput(lane, { rollout: ONE_AT_A_TIME }));
  await untilFleet(handle, 'it is paused', ({ status }) => status === 'paused');
  await act(handle, 'skip', { ...BOB, instanceIds: [lane.ids[1] ?? ''] });
  await act(handle, 'set', { ...BOB, maxUnavailable: 2, maxFailures: 1 });
  await act(handle, 'retryFailed', BOB);
  await act(handle, 'resume', { ...BOB, pause: 1 });
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

/** The first run, which it leaves with rebuilds under way. */
async function left(scope: Scope): Promise<WorkflowHandle> {
  const lane = await fleetLane(scope, { size: 15 });
  const rollout = { maxUnavailable: { fleet: 3 } };
  const handle = await startFleet(lane, fleetInput(lane, { rollout, input: { maxHistoryEvents: 100 } }));
  const { runId } = await handle.describe();
  await ended(handle, 'done');
  return lane.worker.client.workflow.getHandle(handle.workflowId, runId);
}

async function planned(scope: Scope): Promise<WorkflowHandle> {
  const lane = await fleetLane(scope, { size: 120, isProtected: [3] });
  const workflowId = fleetPlanWorkflowId({ regionId: 'cn-north-1', name: 'web' }, randomUUID());
  const handle = await startPlanning(lane, WORKFLOW.planFleet, { workflowId, input: specOf(lane) });
  await handle.result();
  return handle;
}

/** A retry, which claims its plan and the fleet that it takes up, with a VM that somebody else keeps busy at first. */
async function busy(scope: Scope): Promise<WorkflowHandle> {
  const lane = await fleetLane(scope, { size: 2 });
  const other = await keepBusy(lane, lane.ids[0] ?? '');
  const retryOf = fleetIdOf('web', 'abcdef01');
  const handle = await startFleet(lane, fleetInput(lane, { input: { retryOf } }));
  await untilFleet(handle, 'one is deferred', ({ counts }) => counts.deferred === 1);
  await other.cancel();
  lane.cloud.clearFaults();
  return await ended(handle, 'done');
}

/** The run that plans, and, since one fleet of a name runs at a time, starts the fleet and waits for it. */
async function scheduled(scope: Scope): Promise<WorkflowHandle> {
  const lane = await fleetLane(scope, { size: 2 });
  const handle = await startFiring(lane, specOf(lane));
  await ended(handle, 'done');
  return lane.worker.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
}

/** A firing that finds another fleet under its name. */
async function firingRefused(scope: Scope): Promise<WorkflowHandle> {
  const lane = await fleetLane(scope, { size: 2 });
  const [busyVm = ''] = lane.ids;
  const other = await keepBusy(lane, busyVm);
  const input = fleetInput({ ids: [busyVm] });
  const holder = await startFleet(lane, input);
  await untilFleet(holder, 'one is deferred', ({ counts }) => counts.deferred === 1);
  const firing = await startFiring(lane, { ...specOf(lane), name: input.name });
  const failure: unknown = await firing.result().catch((error: unknown) => error);
  if (!(failure instanceof WorkflowFailedError && failure.cause instanceof ApplicationFailure)) throw failure;
  if (failure.cause.type !== 'FleetBusy') throw failure;
  await other.cancel();
  lane.cloud.clearFaults();
  await ended(holder, 'done');
  return firing;
}

function startFiring(lane: FleetLane, spec: FleetSpec): Promise<WorkflowHandleWithFirstExecutionRunId> {
  const scheduleId = `web-${randomUUID().slice(0, 8)}`;
  const workflowId = firingWorkflowId({ regionId: 'cn-north-1', scheduleId });
  const input: ScheduledFleet = { scheduleId, spec };
  return startPlanning(lane, WORKFLOW.scheduledFleet, { workflowId, input });
}

function specOf({ ids }: FleetLane): FleetSpec {
  return FleetSpec.parse({
    name: `web-${randomUUID().slice(0, 8)}`,
    regionId: 'cn-north-1',
    select: { instanceIds: [...ids] },
    image: { id: OTHER_IMAGE_ID },
    rebuild: { keyNames: ['ops'] },
    rollout: {
      bakeSeconds: 0,
      approval: { afterCanary: 'never' },
      maintenance: { zone: 'Asia/Shanghai', windows: [{ from: '00:00', to: '00:00' }] },
    },
  });
}

function startPlanning(
  { worker: { client, taskQueue } }: FleetLane,
  workflow: string,
  { workflowId, input }: { readonly workflowId: string; readonly input: object },
): Promise<WorkflowHandleWithFirstExecutionRunId> {
  return client.workflow.start(workflow, { workflowId, taskQueue, args: [input] });
}

function rebuildOf({ worker, ids }: FleetLane, at: number): WorkflowHandle {
  return worker.client.workflow.getHandle(rebuildWorkflowId({ regionId: 'cn-north-1', instanceId: ids[at] ?? '' }));
}

async function ended(handle: WorkflowHandle, outcome: string): Promise<WorkflowHandle> {
  const result = await fleetOutcome(handle);
  if (result.outcome !== outcome) throw new Error(`${handle.workflowId} ended ${JSON.stringify(result)}`);
  return handle;
}
