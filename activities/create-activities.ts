import type { VmReader } from '../jdcloud/reader.js';
import type { VmApi } from '../jdcloud/vm-api.js';
import type { SecretReader } from '../secrets/secret-reader.js';
import { createBackupActivities } from './backup/backup-activities.js';
import { createFleetObserveActivities } from './fleet/observe-activities.js';
import { createClaimActivities, createOperationActivities } from './fleet/operation-activities.js';
import { createFleetPlanningActivities, digestActivities } from './fleet/planning-activities.js';
import { createRejoinActivities } from './fleet/rejoin-activities.js';
import { createHealthActivities } from './health/health-activities.js';
import type { StatusPoller } from './polling/poller.js';
import { createFreezeActivities } from './rebuild/freeze-activities.js';
import { createPowerActivities } from './rebuild/power-activities.js';
import { createRebuildActivities } from './rebuild/rebuild-activities.js';
import { createRerunActivities } from './rebuild/rerun-activities.js';
import { createValidationActivities } from './rebuild/validation-activities.js';
import { createReturnActivities } from './rebuild/verify-activities.js';
import { createWaitActivities } from './rebuild/wait-activities.js';
import type { Acknowledge, Unanswered } from './runtime/heartbeat.js';
import type { Namespace } from './runtime/namespace.js';
import { type AboutWorker, createReportActivities } from './runtime/report-activities.js';
import type { Timing } from './runtime/time.js';

/** Everything that activities need, made once per worker process. */
export interface ActivityDeps {
  readonly api: VmApi;
  /** When JD Cloud gave its last answer, by its own clock; null where it does not tell. */
  readonly cloudTime: () => Date | null;
  /** The call to a region that has been waited for longest. @default nobody knows */
  readonly unanswered?: Unanswered;
  readonly reader: VmReader;
  readonly poller: StatusPoller;
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
    ...createFleetObserveActivities(deps),
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
