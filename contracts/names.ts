/** Names that stand in workflow histories. They never change. */
export const WORKFLOW = {
  rebuildInstance: 'rebuildInstance',
  planRebuild: 'planRebuild',
  listBackups: 'listBackups',
  pruneBackups: 'pruneBackups',
  planFleet: 'planFleet',
  reimageFleet: 'reimageFleet',
  scheduledFleet: 'scheduledFleet',
  claim: 'claim',
  freeze: 'freeze',
  reportWorker: 'reportWorker',
} as const;

/** Queries of `reimageFleet`: a `FleetSummary`, and a `MemberPage` for a `MemberQuery`. */
export const FLEET_QUERY = { summary: 'summary', members: 'members' } as const;

/** Signal of `reimageFleet`, from the rebuild of one of its VMs: a `MemberHoldChange`. */
export const MEMBER_SIGNAL = 'memberHoldChanged';

/** Signal of `scheduledFleet`: who has triggered the schedule, and why. */
export const TRIGGERED_SIGNAL = 'triggered';

/** Query of `planFleet`, also when it has ended: takes an offset, answers a page of rows. */
export const PLAN_ROWS_QUERY = 'rows';

/** Query of `rebuildInstance`: answers a `RebuildProgress`. */
export const PROGRESS_QUERY = 'progress';

/** Update of `rebuildInstance`: takes a `Decision` on a held rebuild, answers the `DecisionTaken`. */
export const DECIDE_UPDATE = 'decide';

/** Task queue of workers and clients, unless `REIMAGE_TASK_QUEUE` says otherwise. */
export const DEFAULT_TASK_QUEUE = 'reimage';

/**
 * The record of who encrypts by which key: the signals of a workflow that no worker ever runs, on a task queue that none
 * polls.
 */
export const KEY_RECORD = { workflow: 'codecKeys', taskQueue: 'reimage-codec-keys', signal: 'keys' } as const;

/** The workflow id of the record that the processes of a task queue share. */
export function keyRecordWorkflowId(taskQueue: string): string {
  return `codec-keys:${taskQueue}`;
}

/**
 * Key of the metadata pair that a rebuild writes on the VM, so that a repeat can see that it has landed.
 * JD Cloud treats metadata keys without regard to case.
 */
export const OPERATION_MARKER_KEY = 'reimage-operation';

/**
 * Key of the metadata pair that names the operations before the last one that have rebuilt the VM, by digests: none of
 * them erases it again.
 */
export const EARLIER_OPERATIONS_KEY = 'reimage-earlier';

/** The marker of the rebuild that takes one back: whose it is shows in it. @param count - which rollback of that operation */
export function rollbackMarker(marker: string, count: number): string {
  return `${marker}${ROLLBACK}${count}`;
}

const ROLLBACK = ':rollback-';

/** Whether a marker is that of a rollback of this operation, whichever it was. */
export function isRollbackOf(marker: string, operation: string): boolean {
  return marker.startsWith(`${operation}${ROLLBACK}`);
}

/** Stands for the operation that has rebuilt a VM last, where nobody can tell, or it is the one under way. */
export const UNKNOWN_OPERATION = 'unknown';

/** Tag that protects a VM from being rebuilt; its value is the reason, shown to who is refused. */
export const PROTECTION_TAG = 'reimage-protected';

/** Memo keys. Memos pass the payload codec; search attributes do not. */
export const MEMO = {
  requestId: 'requestId',
  requestedBy: 'requestedBy',
  reason: 'reason',
  result: 'result',
  /** The fleet that a rebuild is part of. */
  fleetId: 'fleetId',
  /** What a rollback takes back: the operation, or the fleet. */
  rollbackOf: 'rollbackOf',
  /** The fleet whose failed and never started VMs a fleet takes up. */
  retryOf: 'retryOf',
  /** The digest of the plan that a fleet works through. */
  planDigest: 'planDigest',
  /** How many VMs a fleet has. */
  size: 'size',
  /** The schedule that a fleet is a firing of. */
  scheduleId: 'scheduleId',
  /** How many VMs a firing has left alone, by why. */
  skipped: 'skipped',
  /** Who has triggered a firing, and why; absent: it came by its time. */
  triggeredBy: 'triggeredBy',
  /** When a freeze began that has continued as new since. */
  frozenSince: 'frozenSince',
  /** Who has made a claim: the first run id of a fleet, a text of a firing's own. */
  holder: 'holder',
  /** Why a fleet never began: it found its plan used, or what it takes up retried. */
  refused: 'refused',
} as const;
