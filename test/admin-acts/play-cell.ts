import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { DECIDE_UPDATE, PROGRESS_QUERY } from '../../contracts/names.js';
import { Phase, RebuildProgress } from '../../contracts/rebuild-progress.js';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { eventually } from '../fixtures/eventually.js';
import { FOREIGN_IMAGE_ID } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';
import { resetRun, type RunRef } from '../fixtures/reset-run.js';
import { ACT, isAtRest, NEEDS_OLDER, type Scene } from './acts.js';
import type { Evidence } from './evidence.js';
import { isOut, MOMENT, type Moment, type Sight } from './moments.js';
import type { MomentName } from './phases.js';
import type { Stage, Vm } from './stage.js';
import type { ActName } from './table.js';

/** One act in one phase. */
export interface ActCell {
  readonly name: string;
  readonly act: ActName;
  readonly moment: MomentName;
  /** By a worker that keeps no workflow in memory. */
  readonly isBare: boolean;
}

/** Longest that a phase takes to come, and what the act has begun to end, on a machine that is busy. */
const WITHIN_MS = 180_000;

/** For so long the VM stays as it is once somebody has acted: what looks at it then sees it so. */
const SEEN_SO_MS = 700;

/** Between two looks at the server. */
const LOOK_MS = 80;

const BACKUP = { backup: 'image' } as const;

/** Brings a VM of its own into the phase, acts, and waits for what comes of it. */
export async function playCell(stage: Stage, cell: ActCell): Promise<Evidence> {
  const vm = await stage.addVm(cell.isBare);
  try {
    const { client, services } = stage;
    const { instanceId, cloud } = vm;
    const moment = MOMENT[cell.moment];
    const older = NEEDS_OLDER.includes(cell.act) ? await runOlder(client, vm, cell) : null;
    const imageId = older === null ? OTHER_IMAGE_ID : FOREIGN_IMAGE_ID;
    const check = { kind: 'http', url: services.url(instanceId), intervalSeconds: 1, successes: 1 } as const;
    const health = moment.isSick === true ? { healthChecks: [{ ...check, deadlineSeconds: 60 }] } : {};
    const request = requestFor(instanceId, { imageId, ...BACKUP, ...health, ...moment.request });
    const { handle, isStill } = await bringInto(stage, vm, moment, request);
    const run = await refOf(handle);
    const letGo = () => {
      services.heal(instanceId);
      if (moment.faults?.some(({ kind }) => 'outcome' in kind && kind.outcome === 'stuck'))
        cloud.act.release(instanceId);
    };
    let isMissed: boolean | undefined;
    const acted = () => void (isMissed ??= !isStill());
    const scene: Scene = { client, vm, handle, run, older, acted, letGo, settle: untilSettled, request };
    const actedAt = cloud.journal.entries().length;
    const stands = await ACT[cell.act](scene);
    acted();
    await delay(SEEN_SO_MS);
    letGo();
    return {
      cell,
      isMissed: isMissed === true,
      ...(await seeItEnd(vm, stands)),
      imageAsked: imageOf(cell, older, request),
      actedAt,
    };
  } finally {
    await vm.close();
  }
}

/** The image that the run is to put on that stands in the end. */
function imageOf({ act }: ActCell, older: RunRef | null, { imageId = '' }: RebuildRequestInput): readonly string[] {
  if (older === null) return [imageId];
  return act === 'reset-batch' ? [OTHER_IMAGE_ID, imageId] : [OTHER_IMAGE_ID];
}

/** A rebuild that has ended as done; where it is to have been reset itself, it has failed before. */
async function runOlder(client: Client, { cloud, instanceId, start }: Vm, { act }: ActCell): Promise<RunRef> {
  const isReset = act === 'reset-older-again';
  for (const fault of isReset ? (MOMENT.failed.faults ?? []) : []) cloud.addFault(fault);
  let handle = await start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID, ...BACKUP, keepBackups: 1 }));
  await outcomeOf(handle);
  if (isReset) handle = await resetRun(client, await refOf(handle), 'first');
  const { outcome, failure } = await outcomeOf(handle);
  if (outcome !== 'done') throw new Error(`The older rebuild ended ${outcome}: ${failure?.message}`);
  return await refOf(handle);
}

async function refOf(handle: WorkflowHandle): Promise<RunRef> {
  const { workflowId, runId } = await handle.describe();
  return { workflowId, runId };
}

/** Starts a rebuild, and waits until it is in the phase. */
async function bringInto(
  { services }: Stage,
  { cloud, instanceId, start }: Vm,
  { faults = [], arm, isSick, isThere, heldBack }: Moment,
  request: RebuildRequestInput,
): Promise<{ handle: WorkflowHandle; isStill: () => boolean }> {
  const { length } = cloud.journal.entries();
  const calls = (operation: string) => {
    const since = cloud.journal.entries().slice(length);
    return since.filter((entry) => entry.kind === 'call').filter((call) => call.operation === operation);
  };
  for (const fault of faults) cloud.addFault(fault);
  const once = (operation: string, then: () => void) =>
    void cloud
      .waitFor(() => calls(operation).some(({ performed }) => performed), WITHIN_MS)
      .then(then, () => undefined);
  if (arm !== undefined) once(arm.after, () => cloud.addFault(arm.fault));
  if (isSick === true) once('startInstance', () => services.sicken(instanceId));
  const handle = await start(request);
  if (isThere === undefined) await outcomeOf(handle);
  else {
    const look = async () => {
      await delay(LOOK_MS);
      return isThere({ ...(await sightOf(handle)), status: cloud.vm(instanceId).status, calls });
    };
    await eventually('the rebuild is in the phase', look, WITHIN_MS);
  }
  return { handle, isStill: () => heldBack === undefined || calls(heldBack).some(isOut) };
}

/** What the server's own state tells, so that no worker has to answer. */
async function sightOf(handle: WorkflowHandle): Promise<Pick<Sight, 'phase' | 'activity'>> {
  const { raw, typedSearchAttributes } = await handle.describe();
  const [pending] = raw.pendingActivities ?? [];
  const isInHand = pending?.lastStartedTime != null;
  return {
    phase: Phase.parse(typedSearchAttributes.get(SEARCH_ATTRIBUTE.phase) ?? 'validating'),
    activity: isInHand ? (pending.activityType?.name ?? null) : null,
  };
}

async function seeItEnd(vm: Vm, stands: WorkflowHandle) {
  const { cloud, instanceId } = vm;
  const wasHeld = await untilSettled(stands);
  if (wasHeld) await stands.executeUpdate(DECIDE_UPDATE, { args: [ACCEPT] });
  const ended = await outcomeOf(stands).then(
    (result) => ({ result, noResult: null }),
    (error: unknown) => ({ result: null, noResult: String(error) }),
  );
  await eventually('the VM is at rest', () => isAtRest(vm), WITHIN_MS);
  const { status, imageId } = cloud.vm(instanceId);
  const { workflowId, runId, raw } = await stands.describe();
  return {
    ...ended,
    wasHeld,
    marker: raw.workflowExecutionInfo?.firstRunId ?? runId,
    entries: cloud.journal.entries(),
    vm: { status, imageId },
    stands: { workflowId, runId, history: await stands.fetchHistory() },
  };
}

const ACCEPT = { decision: 'accept', reason: 'seen in the console', by: 'ana' };

/** Waits until a run has ended, or waits for a decision. @returns whether it is held */
async function untilSettled(handle: WorkflowHandle): Promise<boolean> {
  let isHeld = false;
  await eventually(
    'the run has ended, or is held',
    async () => {
      await delay(LOOK_MS);
      if ((await handle.describe()).status.name !== 'RUNNING') return true;
      if ((await sightOf(handle)).phase !== 'held') return false;
      const { held } = RebuildProgress.parse(await handle.query(PROGRESS_QUERY));
      isHeld = held != null;
      return isHeld;
    },
    WITHIN_MS,
  );
  return isHeld;
}
