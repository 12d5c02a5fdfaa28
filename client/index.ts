export type { BackupImage, KeepBackups, PruneReport } from '../contracts/backup.js';
export type { ListBackupsInput, PruneBackupsInput } from '../contracts/backup.js';
export type { Decision, DecisionTaken, Held, Rollback } from '../contracts/decision.js';
export type { FailureKind } from '../contracts/failure-kind.js';
export { FAILURES, FAILURE_TYPES, type FailureType } from '../contracts/failures.js';
export type { FleetHolder } from '../contracts/fleet-failures.js';
export type { AuditEntry } from '../contracts/fleet/fleet-control.js';
export type { FleetInput } from '../contracts/fleet/fleet-input.js';
export type { FleetPlan, FleetRow } from '../contracts/fleet/fleet-plan.js';
export type { FleetSummary, MemberProgress, MemberState } from '../contracts/fleet/fleet-progress.js';
export type { FleetResult } from '../contracts/fleet/fleet-progress.js';
export type { FleetSchedule, FleetScheduleInput } from '../contracts/fleet/fleet-schedule.js';
export type { FleetSpec, FleetSpecInput } from '../contracts/fleet/fleet-spec.js';
export type { Freeze, FreezeEnd, FreezeRequest } from '../contracts/freeze.js';
export type { VmRef } from '../contracts/ids.js';
export type { Phase, PhaseRecord } from '../contracts/rebuild-progress.js';
export type { ValidationIssue, RebuildPlan, Warning } from '../contracts/rebuild-plan.js';
export type { RebuildProgress } from '../contracts/rebuild-progress.js';
export type { RebuildRequestInput } from '../contracts/rebuild-request.js';
export type { Failure, RebuildResult } from '../contracts/rebuild-result.js';
export type { Cancelling, CancelOptions } from './rebuilds/cancel.js';
export type { DecideOptions } from './rebuilds/decide.js';
export type { KeyCount, KeyCounts } from './codec/rotate-keys.js';
export type { KeyRotation, KeyState, NotRewritten, OpenBearer } from './codec/key-rotation.js';
export type { LastWrite } from './codec/key-use.js';
export type { ControlOptions } from './fleets/control.js';
export { FleetClient } from './fleets/fleet-client.js';
export type { FleetUpdateInput, FleetApproval, FleetNamed } from './fleets/fleet-client.js';
export { fleetInputOf } from './fleets/plan.js';
export type { FleetOperation } from './fleets/operation.js';
export { parseFleetFile } from './fleets/fleet-file.js';
export type { FollowUp } from './fleets/follow-up.js';
export type { FleetReport, ReportedMember } from './fleets/report.js';
export type { RetryPlan } from './fleets/retry.js';
export type { FleetRollbackPlan } from './fleets/rollback.js';
export type { LeftOut, RollbackTarget } from './fleets/rollback-targets.js';
export type { FleetStartOptions } from './fleets/start.js';
export type { FleetWaitOptions } from './fleets/wait.js';
export { whatChanged } from './fleets/compare-plans.js';
export type { Frozen } from './freeze.js';
export type { ListQueryInput } from './rebuilds/list.js';
export type { ConnectOptions } from './connection/connection.js';
export type { Operation } from './rebuilds/operation.js';
export type { HeldRollback, NewRollback, RollbackPlan } from './rebuilds/plan-rollback.js';
export { readDataConverter } from './connection/connection.js';
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
} from './connection/errors.js';
export type { WorkersReport } from './connection/report-workers.js';
export type { CallOptions } from './connection/context.js';
export type { PlanOptions } from './rebuilds/plan.js';
export type { Waiting } from '../temporal/waiting.js';
export type { TaskFailure } from '../contracts/task-failure.js';
export type { WorkerReport } from '../contracts/worker-report.js';
export type { ShownRollback } from './rebuilds/rollback.js';
export type { RollbackOptionsInput } from './rebuilds/plan-rollback.js';
export type { RollbackGuard } from './rebuilds/rollback.js';
export type { ScheduleAct } from '../contracts/fleet/fleet-schedule.js';
export type { ScheduleCreateOptions } from './schedules/create.js';
export type { FiringTime } from './schedules/daylight-saving.js';
export { FleetSchedules } from './schedules/schedule-client.js';
export type { Firing, ScheduleDetails, ScheduleState } from './schedules/state.js';
export type { Triggered } from './schedules/change.js';
export type { Unfrozen, UnfreezeOptions } from './freeze.js';
export type { WaitOptions } from './rebuilds/wait.js';
