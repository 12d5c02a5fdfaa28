import * as z from 'zod';
import type { Activities } from '../activities/create-activities.js';
import { BackupImage, PruneReport } from '../contracts/backup.js';
import { Freeze } from '../contracts/fleet/freeze.js';
import { Opening } from '../contracts/fleet/maintenance.js';
import { HealthAnswer } from '../contracts/health-check.js';
import { RebuildPlan, Warning } from '../contracts/rebuild-plan.js';
import { ApiCallRecord, VmState } from '../contracts/rebuild-result.js';
import { RerunVerdict } from '../contracts/rerun-verdict.js';
import { WorkerReport } from '../contracts/worker-report.js';

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
  probeHealth: Step.extend({ answers: z.array(HealthAnswer) }),
  checkHealth: Step.extend({ answer: HealthAnswer }),
  createBackup: Step.extend(FoundBackup.shape),
  findBackup: FoundBackup.nullable(),
  waitUntilBackupReady: Step.extend(FoundBackup.shape),
  listBackups: z.array(BackupImage),
  pruneBackups: PruneReport,
  lookAtFleet: z.looseObject({ down: z.array(z.string()), freeze: Freeze.nullable() }),
  readFleetImages: z.record(z.string(), z.string().nullable()),
  checkFleetHealth: z.record(z.string(), z.string()),
  waitUntilUnfrozen: Freeze.nullable(),
  selectFleet: Selection,
  planFleetRows: z.looseObject({ rows: z.array(z.looseObject({})), warnings: z.array(Warning) }),
  nextOpenings: z.array(Opening),
  readFleetPast: z.looseObject({ rebuild: z.looseObject({}), wasRebuiltOnto: z.boolean(), freeze: Freeze.nullable() }),
  makeClaim: z.looseObject({ holder: z.string() }),
  readFleetHolder: z.looseObject({}).nullable(),
  waitForRebuilds: z.array(
    z.looseObject({ instanceId: z.string(), end: z.looseObject({ type: z.string(), message: z.string() }) }),
  ),
  readLastOperation: z.string(),
  digest: z.string(),
  reportWorker: WorkerReport.nullable(),
};
