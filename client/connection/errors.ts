import { FAILURES, type FailureType } from '../../contracts/failures.js';
import { fleetBusyText, type FleetHolder } from '../../contracts/fleet-failures.js';
import type { Phase } from '../../contracts/rebuild-progress.js';
import type { Failure } from '../../contracts/rebuild-result.js';
import type { Unreadable } from '../../contracts/task-failure.js';

/** Who holds a VM, so that a refusal can be acted on. */
export interface Holder {
  readonly operationId: string;
  readonly runId: string;
  readonly requestedBy: string | null;
  /** When the rebuild under way began (ISO 8601, UTC). */
  readonly since: string;
  /** Null when the server does not say, as before the worker took the rebuild up. */
  readonly phase: Phase | null;
}

/**
 * Everything that the library throws, save `AbortError`s of the caller's own signal.
 * `failure.type` is stable and stands in docs/failures.md; the text is for people.
 */
export class ReimageError extends Error {
  override readonly name: string = 'ReimageError';
  readonly failure: Failure;

  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(failure.message, options);
    this.failure = failure;
  }
}

const DECIDE = 'Decide it with `reimage decide`; `reimage status` tells what it waits for.';

/** The VM is being rebuilt already (`OperationInProgress`). Nothing was touched. */
export class ReimageBusyError extends ReimageError {
  override readonly name = 'ReimageBusyError';
  readonly holder: Holder;

  constructor(holder: Holder) {
    const { requestedBy, since, phase } = holder;
    const who = requestedBy === null ? 'someone who left no name' : requestedBy;
    const where = phase === null ? 'no worker has taken it up yet' : `phase ${phase}`;
    const message = `${holder.operationId} is under way since ${since} for ${who}: ${where}.`;
    super(failureOf('OperationInProgress', message, ...(phase === 'held' ? [DECIDE] : [])));
    this.holder = holder;
  }
}

/** Another fleet holds the name in the region (`FleetBusy`). Nothing was touched. */
export class ReimageFleetBusyError extends ReimageError {
  override readonly name = 'ReimageFleetBusyError';
  readonly holder: FleetHolder;

  constructor(holder: FleetHolder) {
    super(failureOf('FleetBusy', fleetBusyText(holder)));
    this.holder = holder;
  }
}

/** No such VM at JD Cloud (`VmNotFound`), no rebuild of it (`OperationNotFound`), no such fleet (`FleetNotFound`) or schedule (`ScheduleNotFound`) in this namespace. */
export class ReimageNotFoundError extends ReimageError {
  override readonly name = 'ReimageNotFoundError';
}

/** One thing that is wrong with an input. */
export interface InputProblem {
  /** Path of the field, such as `deadlines.stoppingSeconds`. */
  readonly field: string;
  /** Where, and what: `web.yaml:3:1 regionId: is missing`. Never a value. */
  readonly text: string;
}

/** The input is malformed (`InvalidInput`); `field` is the path of the first field that is wrong, such as `deadlines.stoppingSeconds`. */
export class ReimageInvalidInputError extends ReimageError {
  override readonly name = 'ReimageInvalidInputError';
  readonly field: string;
  /** What the message tells one after the other, after the word on what is wrong; empty where it tells one thing only. */
  readonly problems: readonly InputProblem[];

  constructor(message: string, field: string, problems: readonly InputProblem[] = []) {
    super(failureOf('InvalidInput', message));
    this.field = field;
    this.problems = problems;
  }

  /** All that is wrong with an input, in one line. @param what - for example `Invalid fleet` */
  static listing(what: string, problems: readonly InputProblem[]): ReimageInvalidInputError {
    const message = `${what}: ${problems.map(({ text }) => text).join('; ')}`;
    return new ReimageInvalidInputError(message, problems[0]?.field ?? '', problems);
  }
}

/** Temporal, a worker or JD Cloud did not answer (`TemporalUnreachable`, `NoWorker`, `JdCloudUnavailable`). */
export class ReimageUnreachableError extends ReimageError {
  override readonly name = 'ReimageUnreachableError';
}

/** A failure with the table's own advice in `next`. Where the message ends in the words of others, they may bring a full stop too. */
export function failureOf(type: FailureType, message: string, next: string = FAILURES[type].next): Failure {
  return { type, message: message.replace(/(?<!\.)\.\.$/, '.'), requestId: null, state: null, next };
}

/** The refusal of what would have to be decided by something that cannot be decrypted here. */
export function unreadableError(operationId: string, { message }: Unreadable): ReimageError {
  return toReimageError(failureOf('Unreadable', `What ${operationId} has done cannot be read here. ${message}`));
}

/** The error class that stands for a failure. */
export function toReimageError(failure: Failure, options?: { cause?: unknown }): ReimageError {
  switch (failure.type) {
    case 'VmNotFound':
    case 'OperationNotFound':
    case 'FleetNotFound':
    case 'ScheduleNotFound':
      return new ReimageNotFoundError(failure, options);
    case 'TemporalUnreachable':
    case 'NoWorker':
    case 'JdCloudUnavailable':
      return new ReimageUnreachableError(failure, options);
    default:
      return new ReimageError(failure, options);
  }
}
