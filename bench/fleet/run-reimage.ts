import { ReimageClient } from '../../client/reimage-client.js';
import { fleetWorkflowId } from '../../contracts/fleet/fleet-ids.js';
import type { FleetSpecInput } from '../../contracts/fleet/fleet-spec.js';
import { readWorkerConfig } from '../../temporal/worker/config.js';
import { log } from '../log.js';
import { watchTree } from '../process-tree.js';
import { startRegion, type Target } from '../region.js';
import { type Stand, startStand, TASK_QUEUE } from '../stand.js';
import type { FleetBench } from './fleet-bench.js';
import { type Histories, readHistories } from './histories.js';
import { type CourseFigures, measureCourse } from './measure-fleet.js';
import { tellProgress } from './tell-progress.js';

/** How old the last look at all VMs may be, by default, when another one is started. */
const LOOK_SECONDS = 30;

export interface ReimageFigures extends CourseFigures {
  /** API calls of the plan, which come before. */
  readonly planCallsPerVm: number;
  readonly planSeconds: number;
  readonly histories: Histories;
  readonly workerCpuSeconds: number;
  readonly workerPeakMiB: number;
  readonly serverCpuSeconds: number;
  readonly serverPeakMiB: number;
}

/** Plans a fleet and moves it, by the library, one worker with the settings that users get, and a Temporal server. */
export async function runReimage(bench: FleetBench): Promise<ReimageFigures> {
  const { vms, compress } = bench;
  const { cloud, target } = await startRegion(vms, compress);
  const { callsPerMinute } = readWorkerConfig({});
  const stand = await startStand(target, { timesFaster: compress, callsPerMinute });
  const serverUsage = watchTree(stand.serverPid);
  try {
    log(`Reimage: plans ${vms} VMs, ${bench.concurrency} at a time, times compressed ${compress} times`);
    const plan = await planFleet(stand, target, bench);
    const planCallsPerVm = cloud.journal.calls().length / vms;
    cloud.journal.clear();
    const quiet = tellProgress('Reimage', cloud.journal, vms);
    const startedAt = performance.now();
    const fleet = await plan.start().finally(quiet);
    const seconds = (performance.now() - startedAt) / 1000;
    const course = measureCourse({ ...bench, entries: cloud.journal.entries(), seconds });
    const { cpuSeconds: serverCpuSeconds, peakRssMiB: serverPeakMiB } = await serverUsage();
    const { usage, peakRssMiB: workerPeakMiB } = await stand.worker.finish();
    const histories = await readHistories(stand.client, fleet, vms);
    const used = { workerCpuSeconds: usage.cpuSeconds, workerPeakMiB, serverCpuSeconds, serverPeakMiB };
    return { ...course, planCallsPerVm, planSeconds: plan.seconds, histories, ...used };
  } finally {
    await serverUsage().catch(() => undefined);
    await stand.close();
    await cloud.close();
  }
}

/** Makes the plan; `start` starts it and resolves once the fleet has ended as it should. */
async function planFleet({ client }: Stand, target: Target, bench: FleetBench) {
  const reimage = await ReimageClient.connect({ client, taskQueue: TASK_QUEUE, env: {} });
  const startedAt = performance.now();
  const plan = await reimage.fleets.plan(specOf(target, bench), { workerTimeoutMs: 600_000 });
  return {
    seconds: (performance.now() - startedAt) / 1000,
    start: async () => {
      const fleet = await reimage.fleets.start(plan, { replan: false });
      await client.workflow.getHandle(fleetWorkflowId(fleet)).result();
      return fleet;
    },
  };
}

/** One wave of all VMs, with no canary, bake or gate: what is left is the work itself. */
function specOf({ regionId, imageId }: Target, { concurrency, compress }: FleetBench): FleetSpecInput {
  return {
    name: 'bench',
    regionId,
    select: { name: '*' },
    image: { id: imageId },
    rebuild: { keyNames: ['ops'] },
    rollout: {
      canary: 0,
      waves: ['100%'],
      bakeSeconds: 0,
      approval: { afterCanary: 'never' },
      maxUnavailable: {
        fleet: concurrency,
        maxObservationAgeSeconds: Math.max(1, Math.floor(LOOK_SECONDS / compress)),
      },
      onBudgetExhausted: 'stop',
    },
  };
}
