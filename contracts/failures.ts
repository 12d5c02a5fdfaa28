import type { FailureKind } from './failure-kind.js';
import { FLEET_FAILURES, REQUEST_FAILURES } from './fleet-failures.js';

/**
 * Every way in which an operation ends without being done: one table for workflows, CLI, gateway
 * and docs/failures.md, which a test holds equal to it. The names stand in histories and alerts:
 * never rename one.
 */
export const FAILURES = {
  InvalidInput: {
    exitCode: 2,
    httpStatus: 400,
    meaning: 'The request is malformed. Nothing was touched.',
    next: 'Correct the field that the message names and try again.',
  },
  NotConfirmed: {
    exitCode: 4,
    httpStatus: 409,
    meaning: 'The person at the terminal did not confirm. Nothing was touched.',
    next: 'Run the command again and type what it asks for, or pass --yes.',
  },
  OperationInProgress: {
    exitCode: 5,
    httpStatus: 409,
    meaning: 'Another rebuild of this VM is under way. Nothing was touched.',
    next: 'Follow it with `reimage watch`, or end it with `reimage cancel`.',
  },
  OperationNotFound: {
    exitCode: 6,
    httpStatus: 404,
    meaning: 'This Temporal namespace knows of no rebuild of this VM.',
    next: 'Check region, VM id and namespace; the history may also have passed its retention.',
  },
  VmNotFound: {
    exitCode: 6,
    httpStatus: 404,
    meaning: 'JD Cloud knows no such VM in this region for these credentials. Nothing was touched.',
    next: 'Check the VM id, the region and the account of the credentials.',
  },
  ValidationFailed: {
    exitCode: 3,
    httpStatus: 422,
    meaning:
      'The VM, image or login is not valid for this rebuild. If this was found before the stop, nothing was touched; if after the stop, the earlier power state was restored.',
    next: 'Fix each listed issue, then try again.',
  },
  CredentialsRefused: {
    exitCode: 3,
    httpStatus: 502,
    meaning:
      'JD Cloud refused the access key, the session token or the signature (401), or there were none to sign with: before the VM was touched, or until the deadline of the phase.',
    next: 'Find out with `reimage doctor` where the credentials come from, and renew them; check `state`, then try again.',
  },
  ClockSkewed: {
    exitCode: 3,
    httpStatus: 502,
    meaning:
      "JD Cloud refused the date of the call (401): the worker's clock is off, and correcting the date did not help.",
    next: "Synchronize the worker's clock by NTP, check it with `reimage doctor`, then try again.",
  },
  PermissionDenied: {
    exitCode: 3,
    httpStatus: 502,
    meaning:
      'JD Cloud denied this account the permission for the call (403): before the VM was touched, or until the deadline of the phase.',
    next: 'Grant the account the permission that the message names, or use other credentials; check `state`, then try again.',
  },
  QuotaExceeded: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'A quota of the account is used up (429 QUOTA_EXCEEDED).',
    next: 'Free or raise the quota that the message names.',
  },
  JdCloudRefused: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'JD Cloud refused the call for a reason that a retry does not change.',
    next: "Read JD Cloud's answer in the message; its support can find the call by the request id.",
  },
  JdCloudUnavailable: {
    exitCode: 7,
    httpStatus: 503,
    meaning:
      'JD Cloud could not be reached, or returned only errors, until the deadline of the validation. Nothing was touched.',
    next: "Check the worker's endpoint and network with `reimage doctor`, then try again.",
  },
  CallWithheld: {
    exitCode: 7,
    httpStatus: 503,
    meaning:
      'A call that changes something was ready but was not sent: Temporal did not confirm in time that the attempt was still current, or what had been read before it was too old.',
    next: "Check the Temporal server and the worker's network and load, then try again.",
  },
  PayloadUnreadable: {
    exitCode: 7,
    httpStatus: 503,
    meaning:
      'No worker with the key was available in time: the input of the step is encrypted with a key that the worker does not have, so the step did not run there.',
    next: 'Give all workers the keys that are in use (REIMAGE_CODEC_KEYS, see `reimage doctor`), then try again.',
  },
  VmTaskConflict: {
    exitCode: 3,
    httpStatus: 409,
    meaning: 'Another JD Cloud task kept the VM busy for longer than Reimage waits.',
    next: 'See in the console what is running on the VM (image, snapshot, resize), wait until it ends, then try again.',
  },
  ConcurrentChange: {
    exitCode: 3,
    httpStatus: 409,
    meaning: 'Someone else changed the VM at the same time. Reimage stopped and did not act against them.',
    next: 'Find out who is changing the VM, and compare it with what the message says was observed.',
  },
  VmInError: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'JD Cloud reports the VM in status error.',
    next: 'Open a JD Cloud ticket with the request id: they have to repair the VM, or you replace it.',
  },
  VmDeleted: {
    exitCode: 3,
    httpStatus: 410,
    meaning: 'The VM was deleted meanwhile.',
    next: 'Find out who deleted it. There is nothing left to do here.',
  },
  StopReverted: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'JD Cloud gave up the stop: the VM went from stopping back to running. Its disk is untouched.',
    next: 'Shut down the guest from inside, or ask JD Cloud why it does not stop; then try again.',
  },
  StartRefused: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'JD Cloud did not start the VM (out of stock, billing state, or system disk).',
    next: 'Fix what the message names and start the VM. The message and `state` show whether it was rebuilt.',
  },
  DeadlineExceeded: {
    exitCode: 3,
    httpStatus: 504,
    meaning: 'A phase took longer than its deadline. `state` shows what was last observed.',
    next: 'Check the VM in the console. If it has progressed, try again; if it is stuck, open a ticket.',
  },
  RebuildOutcomeUnknown: {
    exitCode: 3,
    httpStatus: 502,
    meaning:
      'It is unknown whether the disk was replaced: the answer to the rebuild call was lost, or JD Cloud accepted the call and the VM shows no change. The call was not sent twice.',
    next: 'Check the system disk in the console. If it is the old one, try again; if it is new, start the VM.',
  },
  RebuildNotApplied: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'The VM came back, but not with the requested image.',
    next: 'Check the VM in the console before you try again; give JD Cloud the request id.',
  },
  ChargeOverdue: {
    exitCode: 3,
    httpStatus: 402,
    meaning:
      "The VM's bill is unpaid, so JD Cloud does not start it. The message and `state` show whether it was rebuilt.",
    next: 'Pay the bill in the console, then try again.',
  },
  OutOfStock: {
    exitCode: 3,
    httpStatus: 503,
    meaning: 'JD Cloud has no free host to start the VM on. The message and `state` show whether it was rebuilt.',
    next: 'Start the VM again later, or resize it to a type that is in stock; ask JD Cloud for stock in its zone.',
  },
  ImageDeleted: {
    exitCode: 3,
    httpStatus: 410,
    meaning: 'The image that the VM was made from no longer exists, and no other was named. Nothing was touched.',
    next: 'Name the new image with --image.',
  },
  BackupFailed: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'The backup image was not created. Nothing was erased; the earlier power state was restored.',
    next: 'Check the image in the console, delete it if it is broken, then try again.',
  },
  Frozen: {
    exitCode: 5,
    httpStatus: 409,
    meaning: 'The Temporal namespace is frozen: no rebuild starts in it. Nothing was touched.',
    next: 'Ask whoever froze it when the freeze ends, then try again.',
  },
  WindowClosed: {
    exitCode: 5,
    httpStatus: 409,
    meaning:
      'The time window for the rebuild closed before it could begin. Nothing was erased; the earlier power state was restored.',
    next: 'If it is part of a fleet, nothing: it is rebuilt in the next window. Otherwise try again with a later time.',
  },
  UnhealthyBefore: {
    exitCode: 3,
    httpStatus: 409,
    meaning: 'The VM failed its health checks before the rebuild began. Nothing was touched.',
    next: 'Repair the VM first, or try again without --require-healthy-before.',
  },
  HealthCheckFailed: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'The VM was rebuilt and runs, but failed a health check.',
    next: 'Check the service on the VM; `reimage rollback` restores the VM.',
  },
  RolledBack: {
    exitCode: 3,
    httpStatus: 502,
    meaning:
      'The rebuilt VM was not as requested, and it was rolled back. `failures` says why, `rollbacks` from which source.',
    next: 'Read the reason in `failures`, fix the image, then try again.',
  },
  RollbackFailed: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'The rebuilt VM was not as requested, and the rollback failed too. `failures` has both.',
    next: 'Check the VM in the console; `reimage rollback` tries again. The backup, if any, is in the result.',
  },
  DecisionRefused: {
    exitCode: 5,
    httpStatus: 409,
    meaning: 'The rebuild is not waiting for this decision, or the fleet not for this action. Nothing was changed.',
    next: 'See with `reimage status` or `reimage fleet status` what it is waiting for.',
  },
  Cancelled: {
    exitCode: 4,
    httpStatus: 409,
    meaning: 'The rebuild was cancelled before the rebuild call; the earlier power state was restored.',
    next: 'Nothing. Start it again when you want to.',
  },
  ...REQUEST_FAILURES,
  ...FLEET_FAILURES,
  TemporalUnreachable: {
    exitCode: 7,
    httpStatus: 503,
    meaning: 'The Temporal server could not be reached.',
    next: 'Check TEMPORAL_ADDRESS, TLS and API key with `reimage doctor`.',
  },
  ServerLimit: {
    exitCode: 7,
    httpStatus: 503,
    meaning:
      'It exceeds a limit of the Temporal server: too many updates of one run, or too much in one message. Nothing was changed.',
    next: 'Try again in a minute. If it cannot wait: `temporal workflow cancel` ends a fleet, `reimage cancel` a hold, without an update.',
  },
  NoWorker: {
    exitCode: 7,
    httpStatus: 503,
    meaning: 'No worker answered on the task queue in time.',
    next: 'Start one with `reimage worker`, or check REIMAGE_TASK_QUEUE on both sides.',
  },
  StepResultInvalid: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'A step was completed by hand in Temporal with a result that it cannot have, so its outcome is unknown.',
    next: 'Check the VM, then try again, and leave the steps to the worker.',
  },
  Unreadable: {
    exitCode: 3,
    httpStatus: 500,
    meaning: 'Data in the Temporal namespace cannot be decrypted with the configured keys.',
    next: 'Set REIMAGE_CODEC_KEYS to the keys that the workers have, and those that were in use before.',
  },
  Unexpected: {
    exitCode: 1,
    httpStatus: 500,
    meaning: 'An unexpected error.',
    next: 'Report it, with the output of `reimage doctor --output json`.',
  },
} as const satisfies Record<string, FailureKind>;

export type FailureType = keyof typeof FAILURES;

/** All failure types, in the order of the table. */
export const FAILURE_TYPES = Object.keys(FAILURES) as [FailureType, ...FailureType[]];

/**
 * Refusals that may pass, since it is the account that was refused and not the call. Before the VM is touched they are
 * the end; from then on they are an outage until the deadline of the phase.
 */
export const MAY_PASS: readonly FailureType[] = [
  'CredentialsRefused',
  'ClockSkewed',
  'PermissionDenied',
  'QuotaExceeded',
  'ChargeOverdue',
];

/** Whether a text, as it comes from a history, is one of our failure types. */
export function isFailureType(type: unknown): type is FailureType {
  return typeof type === 'string' && Object.hasOwn(FAILURES, type);
}
