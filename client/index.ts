export type { BackupImage, KeepBackups, PruneReport } from '../contracts/backup.js';
export type { ListBackupsInput, PruneBackupsInput } from '../contracts/backup-requests.js';
export type { Decision, DecisionTaken, Held, Rollback } from '../contracts/decision.js';
export type { FailureKind } from '../contracts/failure-kind.js';
export { FAILURES, FAILURE_TYPES, type FailureType } from '../contracts/failures.js';
export type { FleetHolder } from '../contracts/fleet/fleet-holder.js';
export type { FleetAct } from '../contracts/fleet/fleet-control.js';
export type { FleetInput } from '../contracts/fleet/fleet-input.js';
export type { FleetPlan, FleetRow } from '../contracts/fleet/fleet-plan.js';
export type { FleetSummary, MemberProgress, MemberState } from '../contracts/fleet/fleet-progress.js';
export type { FleetResult } from '../contracts/fleet/fleet-result.js';
export type { FleetSchedule, FleetScheduleInput } from '../contracts/fleet/fleet-schedule.js';
export type { FleetSpec, FleetSpecInput } from '../contracts/fleet/fleet-spec.js';
export type { Freeze, FreezeEnd, FreezeRequest } from '../contracts/fleet/freeze.js';
export type { VmRef } from '../contracts/ids.js';
export type { Phase, PhaseRecord } from '../contracts/phases.js';
export type { Misfit, RebuildPlan, Warning } from '../contracts/rebuild-plan.js';
export type { RebuildProgress } from '../contracts/rebuild-progress.js';
export type { RebuildRequestInput } from '../contracts/rebuild-request.js';
export type { Failure, RebuildResult } from '../contracts/rebuild-result.js';
export type { Cancelling, CancelOptions } from './cancel-rebuild.js';
export type { DecideOptions } from './decide-rebuild.js';
export type { KeyCount, KeyCounts } from './codec/count-keys.js';
export type { KeyRotation, KeyState, NotRewritten, OpenBearer } from './codec/key-rotation.js';
export type { LastWrite } from './codec/key-use.js';
export type { ControlOptions } from './fleet/control-fleet.js';
export { FleetClient } from './fleet/fleet-client.js';
export type { FleetActInput, FleetApproval, FleetNamed } from './fleet/fleet-client.js';
export { fleetInputOf } from './fleet/fleet-input-of.js';
export type { FleetOperation } from './fleet/fleet-operation.js';
export { parseFleetFile } from './fleet/parse-fleet-file.js';
export type { FollowUp } from './fleet/read-fleet-input.js';
export type { FleetReport, ReportedMember } from './fleet/report-fleet.js';
export type { RetryPlan } from './fleet/retry-fleet.js';
export type { FleetRollbackPlan } from './fleet/rollback-fleet.js';
export type { LeftOut, RollbackTarget } from './fleet/rollback-targets.js';
export type { FleetStartOptions } from './fleet/start-fleet.js';
export type { FleetWaitOptions } from './fleet/wait-for-fleet.js';
export { whatChanged } from './fleet/what-changed.js';
export type { Frozen } from './freeze.js';
export type { ListQueryInput } from './list-operations.js';
export type { ConnectOptions } from './open-context.js';
export type { Operation } from './operation.js';
export type { HeldRollback, NewRollback, RollbackPlan } from './plan-rollback.js';
export { readDataConverter } from './read-data-converter.js';
export { ReimageClient, type AskedAgain, type RebuildRef } from './reimage-client.js';
export {
  ReimageBusyError,
  ReimageError,
  ReimageFleetBusyError,
  type InputProblem,
  ReimageInvalidInputError,
  ReimageNotFoundError,
  ReimageUnreachableError,
  type Holder,
} from './reimage-errors.js';
export type { WorkersReport } from './report-workers.js';
export type { CallOptions } from './client-context.js';
export type { PlanOptions } from './plan-rebuild.js';
export type { Waiting } from '../temporal/waiting.js';
export type { TaskFailure } from '../contracts/task-failure.js';
export type { WorkerReport } from '../contracts/worker-report.js';
export type { ShownRollback } from './rollback-as-shown.js';
export type { RollbackOptionsInput } from './rollback-options.js';
export type { RollbackGuard } from './rollback-rebuild.js';
export type { ScheduleAct } from '../contracts/fleet/fleet-schedule.js';
export type { ScheduleCreateOptions } from './schedule/create-schedule.js';
export type { FiringTime } from './schedule/daylight-traps.js';
export { FleetSchedules } from './schedule/fleet-schedules.js';
export type { Firing, ScheduleDetails, ScheduleState } from './schedule/schedule-state.js';
export type { Triggered } from './schedule/trigger-schedule.js';
export type { Unfrozen, UnfreezeOptions } from './unfreeze.js';
export type { WaitOptions } from './wait-for-result.js';
