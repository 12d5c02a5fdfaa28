import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { rebuildWorkflowId } from '../../../contracts/ids.js';
import { WORKFLOW } from '../../../contracts/names.js';
import { type Deadlines, RebuildRequest } from '../../../contracts/rebuild-request.js';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import { type Simulator, startSimulator } from '../../../simulator/start-simulator.js';
import { defer, type Scope } from '../../fixtures/defer.js';
import { FOREIGN_IMAGE_ID } from '../../fixtures/lane.js';
import { requestFor, uniqueVmId } from '../../fixtures/requests.js';
import { testTemporal, type TestTemporal } from '../../fixtures/temporal-env.js';
import { compileSleep, createSleepingMachine, type SleepingMachine } from '../../matrix/pairs/sleeping-machine.js';
import { startWorkerProcess, type WorkerProcess } from '../../process/worker-process.js';
import type { Scenario } from '../state.js';
import { type Gate, openGate, type Shown } from './gate.js';
import { type Line, openLine } from './line.js';

/** How long the workers wait for what would show. */
export const SETTLE_MS = 4_000;

/** What the model calls images. */
const IMAGES: Readonly<Record<string, string>> = { A: DEFAULT_IMAGE_ID, B: OTHER_IMAGE_ID, C: FOREIGN_IMAGE_ID };

/** No change comes to its end by itself: the story says when. */
const NEVER_MS = 24 * 3_600_000;
const NEVER = { stopping: NEVER_MS, starting: NEVER_MS, rebuilding: NEVER_MS, acceptedVisibleAfter: 0 };

const FULL = Array.from({ length: 40 }, (_, index) => ({ key: `key-${index}`, value: 'mine' }));

/** A worker on a machine that can be put to sleep, with all that it says to cloud and server. */
export interface ReplayWorker {
  readonly gate: Gate;
  readonly line: Line;
  readonly process: WorkerProcess;
  readonly machine: SleepingMachine | null;
  /** When it fell asleep. */
  asleepSince: number | null;
}

/** The real parts of one story. */
export interface Stage {
  readonly cloud: Simulator;
  readonly instanceId: string;
  readonly temporal: TestTemporal;
  /** Each read of the VM that was answered, in order. */
  readonly shown: readonly Shown[];
  /** The newest takes over what the others leave. */
  readonly workers: ReplayWorker[];
  /** As the model counts them; null: the server has ended it for a reset. */
  readonly runs: WorkflowHandle[];
  readonly startWorker: () => Promise<void>;
  readonly startRun: (hasOwnId: boolean) => Promise<void>;
}

/** @throws Error where no machine can be put to sleep, and one has to be */
export async function openStage(
  scope: Scope,
  { power, image: asked, markerUsable, shows }: Scenario,
  { deadlines, sleeps }: { readonly deadlines: Partial<Deadlines>; readonly sleeps: boolean },
): Promise<Stage> {
  const when = shows === 'at-once' ? 'acceptance' : 'end';
  const instanceId = uniqueVmId();
  const cloud = await startSimulator({
    state: region({
      vms: [vm(instanceId, power, markerUsable ? {} : { metadata: FULL })],
      images: Object.values(IMAGES).map((id) => image(id)),
    }),
    timing: NEVER,
    assumptions: { imageIdChanges: when, diskIdChanges: when, metadataChanges: when, callsPerMinute: 0 },
  });
  defer(scope, () => cloud.close());
  const temporal = await testTemporal(scope);
  const sleep = sleeps ? await compileSleep(scope) : null;
  if (sleep?.whyNot != null) throw new Error(sleep.whyNot);
  const taskQueue = `replay-${randomUUID()}`;
  const shown: Shown[] = [];
  const workers: ReplayWorker[] = [];
  const runs: WorkflowHandle[] = [];
  const request = RebuildRequest.parse(
    requestFor(instanceId, { ...(asked === 'other' && { imageId: OTHER_IMAGE_ID }), deadlines }),
  );
  return {
    cloud,
    instanceId,
    temporal,
    shown,
    workers,
    runs,
    startWorker: async () => {
      const gate = await openGate(scope, cloud.endpoint, (look) => void shown.push(look));
      const line = await openLine(scope, temporal.settings.address);
      const machine = sleep === null ? null : await createSleepingMachine(scope, sleep.library);
      const process = await startWorkerProcess(scope, {
        cloud: { endpoint: gate.endpoint, credentials: cloud.credentials },
        address: line.address,
        taskQueue,
        env: { REIMAGE_SETTLE_MS: String(SETTLE_MS), REIMAGE_CALLS_PER_MINUTE: '0', ...machine?.env },
      });
      workers.push({ gate, line, process, machine, asleepSince: null });
    },
    startRun: async (hasOwnId) => {
      const lock = rebuildWorkflowId(request);
      const workflowId = hasOwnId ? `${lock}-${new Date().toISOString()}` : lock;
      const options = { workflowId, taskQueue, args: [request] as const };
      runs.push(await temporal.client.workflow.start(WORKFLOW.rebuildInstance, options));
    },
  };
}

/** Somebody else at work on the VM. @throws Error where the cloud refuses it */
export function actOn({ cloud, instanceId }: Stage, act: 'deletes' | 'stops' | 'starts'): void {
  if (act === 'deletes') cloud.act.remove(instanceId);
  else if (act === 'stops') cloud.act.stop(instanceId);
  else cloud.act.start(instanceId);
}

/** Somebody else rebuilds the VM. @throws Error where the cloud refuses it */
export function rebuildByHand(
  { cloud, instanceId }: Stage,
  { image: named, keepsMetadata }: { readonly image: string; readonly keepsMetadata: boolean },
): void {
  cloud.act.rebuild(instanceId, IMAGES[named] ?? named);
  if (!keepsMetadata) cloud.act.setMetadata(instanceId, []);
}

/** From now on reads show the VM as it was when it had this status. */
export function showStale({ cloud, instanceId }: Stage, status: string): void {
  const last = cloud.journal.changes({ instanceId }).at(-1);
  const kind = { stale: last?.from === status ? 1 : 2 } as const;
  for (const operation of ['describeBriefInstances', 'describeInstance', 'describeInstances'])
    cloud.addFault({ operation, times: 'always', kind });
}

/**
 * To be said before the last read that is answered: whoever has seen the VM come back verifies it at once.
 * @param count - reads by id that are answered still
 */
export function answerNoReadAfter({ cloud }: Stage, count: number): void {
  cloud.addFault({ operation: 'describeInstance', skip: count, times: 'always', kind: { drop: 'before' } });
}
