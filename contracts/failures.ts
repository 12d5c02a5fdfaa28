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
    next: 'Correct the field that the message names and ask again.',
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
      'The VM, image or login does not fit. Before the stop nothing was touched; when it showed after the stop, the old power state was restored.',
    next: 'Mend each reason listed, then ask again.',
  },
  CredentialsRefused: {
    exitCode: 3,
    httpStatus: 502,
    meaning:
      'JD Cloud refused the access key, the session token or the signature (401), or there were none to sign with: before the VM was touched, or until the deadline of the phase.',
    next: 'See with `reimage doctor` where the credentials come from and renew them; look at `state`, then ask again.',
  },
  ClockSkewed: {
    exitCode: 3,
    httpStatus: 502,
    meaning:
      "JD Cloud refused the date of the call (401): the worker's clock is off, and correcting the date did not help.",
    next: 'Set the clock of the worker by NTP, compare it with `reimage doctor`, then ask again.',
  },
  PermissionDenied: {
    exitCode: 3,
    httpStatus: 502,
    meaning:
      'JD Cloud forbids the call to this account (403): before the VM was touched, or until the deadline of the phase.',
    next: 'Grant the account the right that the message names, or use other credentials; look at `state`, then ask again.',
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
    meaning: 'JD Cloud refused the call for a reason that a repeat does not mend.',
    next: 'Read what JD Cloud said in the message; its support finds the call by the request id.',
  },
  JdCloudUnavailable: {
    exitCode: 7,
    httpStatus: 503,
    meaning:
      'JD Cloud could not be reached, or answered only errors, until the deadline of the validation. Nothing was touched.',
    next: 'Check endpoint and network of the worker with `reimage doctor`, then ask again.',
  },
  CallWithheld: {
    exitCode: 7,
    httpStatus: 503,
    meaning:
      'A call that changes something was ready and was not sent: Temporal did not confirm in time that the attempt still counted, or what was read before it was too old.',
    next: 'Check the Temporal server, and the network and the load of the worker, then ask again.',
  },
  PayloadUnreadable: {
    exitCode: 7,
    httpStatus: 503,
    meaning:
      'No worker with the key could be had in time: what was handed to a worker is encrypted by a key that it lacks, so that nothing of the step was done by it.',
    next: 'Give all workers the keys that are in use (REIMAGE_CODEC_KEYS, see `reimage doctor`), then ask again.',
  },
  VmTaskConflict: {
    exitCode: 3,
    httpStatus: 409,
    meaning: 'Another task of JD Cloud held the VM for longer than we wait.',
    next: 'See in the console what runs on the VM (image, snapshot, resize), wait for its end, ask again.',
  },
  ConcurrentChange: {
    exitCode: 3,
    httpStatus: 409,
    meaning: 'Someone else changed the VM while we worked. We did not fight over it.',
    next: 'Find out who acts on the VM and compare it with what the message says was seen.',
  },
  VmInError: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'JD Cloud reports the VM in status error.',
    next: 'Open a ticket at JD Cloud with the request id; the VM needs their hand or a new one in its place.',
  },
  VmDeleted: {
    exitCode: 3,
    httpStatus: 410,
    meaning: 'The VM was deleted while we worked.',
    next: 'Find out who deleted it. Nothing is left to be done here.',
  },
  StopReverted: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'JD Cloud gave the stop up: the VM went from stopping back to running. Its disk is untouched.',
    next: 'Shut the guest down from inside, or ask JD Cloud why it would not stop; then ask again.',
  },
  StartRefused: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'JD Cloud would not start the VM (no stock, charge state, or system disk).',
    next: 'Mend what the message names and start the VM. The message and `state` tell whether it was rebuilt.',
  },
  DeadlineExceeded: {
    exitCode: 3,
    httpStatus: 504,
    meaning: 'A phase took longer than its deadline. `state` tells what was last seen.',
    next: 'Look at the VM in the console. If it moved on, ask again; if it is stuck, open a ticket.',
  },
  RebuildOutcomeUnknown: {
    exitCode: 3,
    httpStatus: 502,
    meaning:
      'Nothing tells whether the disk was replaced: the answer to the rebuild call was lost, or JD Cloud took it and the VM shows nothing new. We did not send it twice.',
    next: 'Look at the system disk in the console. If it is the old one, ask again; if it is new, start the VM.',
  },
  RebuildNotApplied: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'The VM came back, but not with the image asked for.',
    next: 'Look at the VM in the console before any repeat; give JD Cloud the request id.',
  },
  ChargeOverdue: {
    exitCode: 3,
    httpStatus: 402,
    meaning:
      "The VM's bill is not paid: JD Cloud does not start it. The message and `state` tell whether it was rebuilt.",
    next: 'Settle the bill in the console, then ask again.',
  },
  OutOfStock: {
    exitCode: 3,
    httpStatus: 503,
    meaning: 'JD Cloud has no machine free to start the VM on. The message and `state` tell whether it was rebuilt.',
    next: 'Start the VM again later, or resize it to a type that is in stock; ask JD Cloud for stock in its zone.',
  },
  ImageDeleted: {
    exitCode: 3,
    httpStatus: 410,
    meaning: 'The image that the VM was made from no longer exists, and no other was named. Nothing was touched.',
    next: 'Name the image to put on with --image.',
  },
  BackupFailed: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'The backup image was not made. There was no erase; the old power state was restored.',
    next: 'Look at the image in the console, delete it if it is broken, then ask again.',
  },
  Frozen: {
    exitCode: 5,
    httpStatus: 409,
    meaning: 'The Temporal namespace is frozen: no rebuild begins in it. Nothing was touched.',
    next: 'Ask who froze it when that ends, then ask again.',
  },
  WindowClosed: {
    exitCode: 5,
    httpStatus: 409,
    meaning:
      'The time in which the rebuild was to begin was over before it could. Nothing was erased; the old power state was restored.',
    next: 'Nothing where it is part of a fleet: it is taken in the next window. Else ask again with a later time.',
  },
  UnhealthyBefore: {
    exitCode: 3,
    httpStatus: 409,
    meaning: 'The VM failed its health checks before we began. Nothing was touched.',
    next: 'Mend the VM first, or ask without --require-healthy-before.',
  },
  HealthCheckFailed: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'The VM was rebuilt and runs, but failed a health check.',
    next: 'Look at the service on the VM; `reimage rollback` puts the VM back.',
  },
  RolledBack: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'The rebuilt VM was not as promised, and it was put back. `failures` tells why, `rollbacks` from what.',
    next: 'Read why in `failures`, mend the image, then ask again.',
  },
  RollbackFailed: {
    exitCode: 3,
    httpStatus: 502,
    meaning: 'The rebuilt VM was not as promised, and putting it back failed too. `failures` tells both.',
    next: 'Look at the VM in the console; `reimage rollback` tries again. The backup, if any, is in the result.',
  },
  DecisionRefused: {
    exitCode: 5,
    httpStatus: 409,
    meaning: 'The rebuild does not wait for this decision, or the fleet for this act. Nothing was changed.',
    next: 'See with `reimage status`, or `reimage fleet status`, what it waits for.',
  },
  Cancelled: {
    exitCode: 4,
    httpStatus: 409,
    meaning: 'The rebuild was cancelled before the rebuild call; the old power state was restored.',
    next: 'Nothing. Ask again when you want it.',
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
      'A limit of the Temporal server refuses it: too many updates of one run, or too much in one message. Nothing was changed.',
    next: 'Ask again in a minute. What cannot wait needs no update: `temporal workflow cancel` ends a fleet, `reimage cancel` a hold.',
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
    meaning:
      'A step was completed by hand in Temporal with a result that it cannot have, so that nothing is known by it.',
    next: 'Look at the VM, then ask again, and leave the steps to the worker.',
  },
  Unreadable: {
    exitCode: 3,
    httpStatus: 500,
    meaning: 'What stands in the Temporal namespace cannot be decrypted by the keys that are given.',
    next: 'Give REIMAGE_CODEC_KEYS the keys that the workers have, and those that were in use before.',
  },
  Unexpected: {
    exitCode: 1,
    httpStatus: 500,
    meaning: 'An error that we did not foresee.',
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
