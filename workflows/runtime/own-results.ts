import { ApplicationFailure } from '@temporalio/workflow';
import * as z from 'zod';
import type { Activities } from '../../activities/create-activities.js';
import { BackupImage, PruneReport } from '../../contracts/backup.js';
import { WindowOccurrence } from '../../contracts/fleet/maintenance.js';
import { Freeze } from '../../contracts/freeze.js';
import { HealthCheckResult } from '../../contracts/health-check.js';
import { RebuildPlan, Warning } from '../../contracts/rebuild-plan.js';
import { ApiCallRecord, VmState } from '../../contracts/rebuild-result.js';
import { RerunVerdict } from '../../contracts/rerun-verdict.js';
import { WorkerReport } from '../../contracts/worker-report.js';

/** A call that must not be sent twice is no more to be asked for: whoever has asked finds out what became of it. */
const NEVER_AGAIN: readonly string[] = ['rebuildInstance', 'createBackup'] satisfies (keyof Activities)[];

/** How often an activity is begun anew whose result was given by hand. */
const MOST_TIMES = 3;

/**
 * The same activities, with results that anybody who may write to the namespace can give in their place (`temporal activity
 * complete`): one that has not the shape of the activity's own says nothing of the VM. The activity is done again, since
 * it reads before it acts; one that must not be repeated ends as one that has not reported.
 * @throws ApplicationFailure StepResultInvalid, from each of them
 */
export function believingOwnResults(activities: Activities): Activities {
  return new Proxy(activities, {
    get: (all, name) => {
      const activity: unknown = Reflect.get(all, name);
      if (typeof activity !== 'function' || !isActivity(name)) return activity;
      return (...args: readonly unknown[]) => callBelieving(name, () => Reflect.apply(activity, all, args));
    },
  });
}

function isActivity(name: string | symbol): name is keyof Activities {
  return typeof name === 'string' && Object.hasOwn(RESULT_SHAPES, name);
}

async function callBelieving(name: keyof Activities, call: () => unknown): Promise<unknown> {
  const times = NEVER_AGAIN.includes(name) ? 1 : MOST_TIMES;
  for (let time = 1; time <= times; time += 1) {
    const result = await call();
    if (RESULT_SHAPES[name].safeParse(result).success) return result;
  }
  const message = `${name} was completed by hand with a result that it cannot have. What became of it is not known by that.`;
  throw ApplicationFailure.nonRetryable(message, 'StepResultInvalid');
}

const Step = z.looseObject({ attempt: z.int(), apiCalls: z.array(ApiCallRecord), observed: VmState });
const Rebuild = Step.extend({ landed: z.enum(['yes', 'no']), sawRebuilding: z.boolean() });
const FoundBackup = z.looseObject({ imageId: z.string(), status: z.string() });
const Verified = Step.extend({ warnings: z.array(Warning).optional() });
const Selection = z.looseObject({
  instanceIds: z.array(z.string()),
  excluded: z.array(z.string()),
  image: z.looseObject({ imageId: z.string() }),
});

/**
 * What the result of each activity looks like, as far as it must be so for a workflow to read it. Whatever has another
 * shape was given by hand (`temporal activity complete`), or by another tool.
 */
export const RESULT_SHAPES: Readonly<Record<keyof Activities, z.ZodType>> = {
  planRebuild: RebuildPlan,
  judgeRerun: RerunVerdict,
  stopInstance: Step,
  startInstance: Step,
  waitUntilStopped: Step,
  waitUntilRunning: Step,
  waitUntilAtRest: Step,
  waitUntilRebuilt: Step,
  verifyRebuilt: Verified,
  rebuildInstance: Rebuild,
  findRebuild: Rebuild,
  probeHealth: Step.extend({ answers: z.array(HealthCheckResult) }),
  checkHealth: Step.extend({ answer: HealthCheckResult }),
  createBackup: Step.extend(FoundBackup.shape),
  findBackup: FoundBackup.nullable(),
  waitUntilBackupReady: Step.extend(FoundBackup.shape),
  listBackups: z.array(BackupImage),
  pruneBackups: PruneReport,
  observeFleet: z.looseObject({ down: z.array(z.string()), freeze: Freeze.nullable() }),
  readFleetImages: z.record(z.string(), z.string().nullable()),
  checkFleetHealth: z.record(z.string(), z.string()),
  waitUntilUnfrozen: Freeze.nullable(),
  selectFleet: Selection,
  planFleetRows: z.looseObject({ rows: z.array(z.looseObject({})), warnings: z.array(Warning) }),
  nextWindows: z.array(WindowOccurrence),
  readPlanningContext: z.looseObject({
    rebuild: z.looseObject({}),
    wasRebuiltOnto: z.boolean(),
    freeze: Freeze.nullable(),
  }),
  makeClaim: z.looseObject({ holder: z.string() }),
  readFleetHolder: z.looseObject({}).nullable(),
  waitForRebuilds: z.array(
    z.looseObject({ instanceId: z.string(), end: z.looseObject({ type: z.string(), message: z.string() }) }),
  ),
  readLastOperation: z.string(),
  computeDigest: z.string(),
  reportWorker: WorkerReport.nullable(),
};
