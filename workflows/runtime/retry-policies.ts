import {
  ActivityCancellationType,
  type ActivityOptions,
  ApplicationFailure,
  proxyActivities,
} from '@temporalio/workflow';
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

/*
 * Every call to JD Cloud is an activity under one of these policies. None counts attempts: a phase's deadline ends
 * the retries (scheduleToCloseTimeout), and failures that a repeat does not mend are marked so where they are made,
 * in activities/runtime/failure.ts.
 */

/** 500, 503, throttling and network faults, and for a bounded time JD Cloud's "busy": from one second up to half a minute, as JD Cloud counts calls per minute. */
const CALL_RETRY = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;

/** A wait that broke off is taken up again at once: it holds no call back, the shared poll does the pacing. */
const WAIT_RETRY = { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '10s' } as const;

/** Longest that one read-and-act may take: a batched read, one call of at most 30 s, and some air. */
const CALL_TIMEOUT = '90s';

/** Longest that one attempt at the rebuild call may take: finding out what became of an earlier one comes first. */
const REBUILD_TIMEOUT = '5m';

/**
 * A worker that is silent for this long is dead; another attempt begins. Longer than the checks before a call hold, and
 * than a call whose attempt was confirmed may take (activities/runtime/heartbeat.ts), so that no two attempts have a call out.
 */
export const HEARTBEAT_TIMEOUT_MS = 30_000;

/** A wait ends itself at its deadline, with what was last seen. The server's timeout is only for when no worker is there to do it. */
const WAIT_GRACE_MS = 30_000;

const policies = {
  /** Reads, and stop and start: they read before they act, so a repeat does no harm. */
  call: (remainingMs: number): ActivityOptions => ({
    startToCloseTimeout: CALL_TIMEOUT,
    scheduleToCloseTimeout: remainingMs,
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    retry: CALL_RETRY,
  }),
  /** The rebuild call: each attempt first finds out what became of the one before. It heartbeats, to hear of a cancellation. */
  rebuild: (remainingMs: number): ActivityOptions => ({
    startToCloseTimeout: REBUILD_TIMEOUT,
    scheduleToCloseTimeout: remainingMs,
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: CALL_RETRY,
  }),
  /** Waits for a status: one long, heartbeating activity each. */
  wait: (remainingMs: number): ActivityOptions => ({
    scheduleToCloseTimeout: remainingMs + WAIT_GRACE_MS,
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    retry: WAIT_RETRY,
  }),
  /** Health checks before anything is touched, and the look back of a run that was reset: they take as long as their own pace says. */
  probe: (remainingMs: number): ActivityOptions => ({
    scheduleToCloseTimeout: remainingMs,
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    retry: CALL_RETRY,
  }),
};

/** Activities under one policy, bounded by what remains of the phase. Of their results only those are believed that can be theirs. */
export function activitiesUnder(policy: keyof typeof policies, remainingMs: number): Activities {
  return believingOwnResults(proxyActivities<Activities>(policies[policy](remainingMs)));
}

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
