import type { Acknowledge } from './acknowledge.js';
import type { VmReader } from '../jdcloud/reader.js';
import type { VmApi } from '../jdcloud/vm-api.js';
import type { SecretReader } from '../secrets/secret-reader.js';
import { createBackupActivities } from './backup/backup-activities.js';
import { createClaimActivities } from './fleet/claim-activities.js';
import { digestActivities } from './fleet/digest-activities.js';
import { createOperationActivities } from './fleet/operation-activities.js';
import { createRejoinActivities } from './fleet/rejoin-activities.js';
import { createFleetPlanningActivities } from './fleet/planning-activities.js';
import { createFreezeActivities } from './freeze-activities.js';
import { createFleetLookActivities } from './fleet/look-activities.js';
import { createHealthActivities } from './health/health-activities.js';
import type { Unanswered } from './heartbeating.js';
import type { Namespace } from './namespace.js';
import { createPowerActivities } from './power-activities.js';
import { createRebuildActivities } from './rebuild-activities.js';
import { createRerunActivities } from './rerun/rerun-activities.js';
import { type AboutWorker, createReportActivities } from './report-activities.js';
import { createReturnActivities } from './return-activities.js';
import type { Timing } from './timing.js';
import { createValidationActivities } from './validation-activities.js';
import { createWaitActivities } from './wait-activities.js';
import type { Watcher } from './watcher.js';

/** Everything that activities need, made once per worker process. */
export interface ActivityDeps {
  readonly api: VmApi;
  /** When JD Cloud gave its last answer, by its own clock; null where it does not tell. */
  readonly cloudTime: () => Date | null;
  /** The call to JD Cloud that has been waited for longest. @default nobody knows */
  readonly unanswered?: Unanswered;
  readonly reader: VmReader;
  readonly watcher: Watcher;
  readonly secrets: SecretReader;
  readonly timing: Timing;
  /** The worker's environment: programs of health checks get a little of it. */
  readonly env: NodeJS.ProcessEnv;
  readonly namespace: Namespace;
  /** Asks the server, straight before a call that changes something, whether the attempt still counts. */
  readonly acknowledge: Acknowledge;
  /** What the worker says of itself. @default null, for a process that is none of its own */
  readonly about?: AboutWorker | null;
  /** Aborted when the worker stops. */
  readonly stopping: AbortSignal;
}

/** All activities a worker registers; workflows know them by this type. */
export type Activities = ReturnType<typeof createActivities>;

export function createActivities(deps: ActivityDeps) {
  return {
    ...createValidationActivities(deps),
    ...createPowerActivities(deps),
    ...createWaitActivities(deps),
    ...createRebuildActivities(deps),
    ...createReturnActivities(deps),
    ...createRerunActivities(deps),
    ...createHealthActivities(deps),
    ...createFleetLookActivities(deps),
    ...createBackupActivities(deps),
    ...createFreezeActivities(deps),
    ...createFleetPlanningActivities(deps),
    ...createClaimActivities(deps),
    ...createRejoinActivities(deps),
    ...createOperationActivities(deps),
    ...createReportActivities({ about: null, ...deps }),
    ...digestActivities,
  };
}
