import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { ReimageClient } from '../client/index.js';
import { backupsWorkflowId } from '../contracts/backup.js';
import { planClaimId } from '../contracts/fleet/fleet-ids.js';
import { FREEZE_WORKFLOW_ID, RENEW_FREEZE_UPDATE } from '../contracts/freeze.js';
import { planWorkflowId } from '../contracts/ids.js';
import { MEMO, WORKFLOW } from '../contracts/names.js';
import { RebuildRequest } from '../contracts/rebuild-request.js';
import { OTHER_IMAGE_ID } from '../simulator/model/builders.js';
import type { Scope } from '../test/fixtures/defer.js';
import { eventually } from '../test/fixtures/eventually.js';
import { laneAlone } from '../test/fixtures/lane.js';
import { outcomeOf } from '../test/fixtures/outcome.js';
import { ownNamespace } from '../test/fixtures/own-namespace.js';
import { requestFor } from '../test/fixtures/requests.js';
import { resetRun } from '../test/fixtures/reset-run.js';
import {
  fleetInput,
  type FleetLane,
  fleetLane,
  fleetOutcome,
  startFleet,
  untilFleet,
} from '../test/workflows/fleet/fleet-lane.js';
import type { OtherHistory } from './fleet-histories.js';

const REGION = { regionId: 'cn-north-1' };
const BOB = { by: 'bob', reason: 'for the record' };

/** Runs a workflow to its end, and gives what is recorded. @throws Error when it ends otherwise than it should */
export const OTHER_SCENARIOS: Readonly<Record<OtherHistory, (scope: Scope) => Promise<WorkflowHandle>>> = {
  'rebuild-planned': rebuildPlanned,
  'rebuild-reset': rebuildReset,
  'backups-listed': (scope) => backups(scope, 'list'),
  'backups-pruned': (scope) => backups(scope, 'prune'),
  'plan-claimed': planClaimed,
  'worker-reported': workerReported,
  'freeze-renewed': (scope) => renewedFreeze(scope, 'first run'),
  'freeze-ended': (scope) => renewedFreeze(scope, 'last run'),
  'fleet-frozen': frozenFleet,
  'fleet-baked': bakedFleet,
};

async function rebuildPlanned(scope: Scope): Promise<WorkflowHandle> {
  const { worker, instanceId } = await laneAlone(scope);
  const request = RebuildRequest.parse(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
  return await ended(worker, WORKFLOW.planRebuild, planWorkflowId(request, randomUUID()), [request]);
}

/** A run that was reset after its erase, and drives the VM on. */
async function rebuildReset(scope: Scope): Promise<WorkflowHandle> {
  const { worker, instanceId, cloud } = await laneAlone(scope);
  const first = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
  await first.result();
  const { runId } = await first.describe();
  const again = await resetRun(worker.client, { workflowId: first.workflowId, runId }, 'first');
  const { outcome, failure } = await outcomeOf(again);
  const erases = cloud.journal.effective('rebuildInstance', instanceId);
  if (outcome !== 'done' || erases !== 1) throw new Error(`${outcome} after ${erases} erases: ${failure?.message}`);
  return again;
}

async function backups(scope: Scope, kind: 'list' | 'prune'): Promise<WorkflowHandle> {
  const { worker, instanceId } = await laneAlone(scope);
  await worker.execute(requestFor(instanceId, { imageId: OTHER_IMAGE_ID, backup: 'image' }));
  const workflowId = backupsWorkflowId(kind, REGION, randomUUID());
  return kind === 'list'
    ? await ended(worker, WORKFLOW.listBackups, workflowId, [REGION])
    : await ended(worker, WORKFLOW.pruneBackups, workflowId, [{ ...REGION, keep: 1 }]);
}

async function planClaimed(scope: Scope): Promise<WorkflowHandle> {
  const { worker } = await laneAlone(scope);
  const workflowId = planClaimId({ ...REGION, fleetId: 'web-abcdef01' });
  return await ended(worker, WORKFLOW.claim, workflowId, [], {
    [MEMO.fleetId]: 'web-abcdef01',
    [MEMO.holder]: 'run-1',
  });
}

async function workerReported(scope: Scope): Promise<WorkflowHandle> {
  const { worker } = await laneAlone(scope);
  return await ended(worker, WORKFLOW.reportWorker, `report-worker:${randomUUID()}`, []);
}

/** A freeze that continues as new, as the rotation of keys asks of it, and is then ended. */
async function renewedFreeze(scope: Scope, which: 'first run' | 'last run'): Promise<WorkflowHandle> {
  const { worker } = await laneAlone(scope);
  const library = await libraryOver({ worker });
  await library.freeze(BOB);
  const freeze = worker.client.workflow.getHandle(FREEZE_WORKFLOW_ID);
  const { runId } = await freeze.describe();
  await freeze.executeUpdate(RENEW_FREEZE_UPDATE);
  await eventually('it has continued as new', async () => (await freeze.describe()).runId !== runId);
  const last = await freeze.describe();
  await library.unfreeze(BOB);
  return worker.client.workflow.getHandle(FREEZE_WORKFLOW_ID, which === 'first run' ? runId : last.runId);
}

/** A fleet that meets a freeze, and goes on once it is over. */
async function frozenFleet(scope: Scope): Promise<WorkflowHandle> {
  const lane = await fleetLane(scope, { size: 2, worker: { temporal: await ownNamespace(scope) } });
  const library = await libraryOver(lane);
  await library.freeze(BOB);
  const handle = await startFleet(lane, fleetInput(lane));
  await untilFleet(handle, 'it is frozen', ({ reason }) => reason.includes('frozen'));
  await library.unfreeze(BOB);
  return await fleetDone(handle);
}

/** A fleet that has health checks, which are made once more at the end of the bake. */
async function bakedFleet(scope: Scope): Promise<WorkflowHandle> {
  const lane = await fleetLane(scope, { size: 1 });
  const healthChecks = [
    { kind: 'exec', command: ['true'], intervalSeconds: 1, timeoutSeconds: 1, successes: 1, deadlineSeconds: 5 },
  ] as const;
  const template = { healthChecks: healthChecks.map((check) => ({ ...check, command: [...check.command] })) };
  const handle = await startFleet(lane, fleetInput(lane, { template, rollout: { bakeSeconds: 1 } }));
  return await fleetDone(handle);
}

async function fleetDone(handle: WorkflowHandle): Promise<WorkflowHandle> {
  const { outcome, failure } = await fleetOutcome(handle);
  if (outcome !== 'done') throw new Error(`${handle.workflowId} ended ${outcome}: ${failure?.message}`);
  return handle;
}

function libraryOver({ worker: { client, taskQueue } }: Pick<FleetLane, 'worker'>): Promise<ReimageClient> {
  return ReimageClient.connect({ client, taskQueue, env: {} });
}

async function ended(
  { client, taskQueue }: FleetLane['worker'],
  workflow: string,
  workflowId: string,
  args: unknown[],
  memo: Record<string, unknown> = {},
): Promise<WorkflowHandle> {
  const handle = await client.workflow.start(workflow, { workflowId, taskQueue, args, memo });
  await handle.result();
  return handle;
}
