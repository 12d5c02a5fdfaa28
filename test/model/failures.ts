import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  DefaultFailureConverter,
  defaultPayloadConverter,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import type { Phase } from '../../contracts/rebuild-progress.js';
import type { VmState } from '../../contracts/rebuild-result.js';
import { factsOf, type FailureFacts } from '../../workflows/runtime/failures.js';
import type { Activity, Failed, Memory, Seen, Step } from './state.js';

const PHASES: Record<Step, Phase> = {
  'look-back': 'validating',
  plan: 'validating',
  stop: 'stopping',
  'wait-stopped': 'stopping',
  rebuild: 'rebuilding',
  find: 'rebuilding',
  'find-settle': 'rebuilding',
  'find-last': 'rebuilding',
  'wait-back': 'rebuilding',
  start: 'starting',
  'wait-running': 'starting',
  'stop-again': 'stopping',
  'wait-stopped-again': 'stopping',
  verify: 'verifying',
  settle: 'stopping',
  'settle-calls': 'stopping',
  'undo-rest': 'restoring-power',
  'undo-start': 'restoring-power',
  'undo-wait': 'restoring-power',
  'finish-rest': 'restoring-power',
  'finish-start': 'restoring-power',
  'finish-wait': 'restoring-power',
  ended: 'failed',
};

export function phaseOf(step: Step): Phase {
  return PHASES[step];
}

const known = new Map<string, FailureFacts>();

/** Decided once for each kind of error: making one is slow. */
function once(key: unknown, decide: () => FailureFacts): FailureFacts {
  const name = JSON.stringify(key);
  const facts = known.get(name) ?? decide();
  known.set(name, facts);
  return facts;
}

/** What a failure that an attempt has reported means, by the function that workflows read it with. */
export function factsOfFailed(
  end: Failed,
  phase: Phase,
  retryState: RetryState = 'NON_RETRYABLE_FAILURE',
): FailureFacts {
  return once(['reported', end, phase, retryState], () => {
    return factsOf(new ActivityFailure('', 'activity', '1', retryState, '', toError(end)), phase);
  });
}

/** What an attempt means that the server gave up without its word. */
export function silence(activity: Pick<Activity, 'word' | 'lastFailure'> | null, phase: Phase): FailureFacts {
  const word = activity?.word ?? null;
  const earlier = activity?.lastFailure ?? null;
  return once(['silent', word, earlier, phase], () => {
    const timeout = new TimeoutFailure('', word ?? undefined, TimeoutType.SCHEDULE_TO_CLOSE);
    if (earlier !== null)
      timeout.failure = {
        cause: new DefaultFailureConverter().errorToFailure(toError(earlier), defaultPayloadConverter),
      };
    return factsOf(new ActivityFailure('', 'activity', '1', RetryState.TIMEOUT, '', timeout), phase);
  });
}

/**
 * What the silence of an attempt would mean whose activity has failed so before, whatever its last heartbeat: all of it that
 * runs go by, as a text.
 */
export function silenceMeans(lastFailure: Failed | null, phase: Phase): string {
  const name = `${phase}${JSON.stringify(lastFailure)}`;
  const meaning = meanings.get(name) ?? shortFor(ofSilence(lastFailure, phase));
  meanings.set(name, meaning);
  return meaning;
}

const meanings = new Map<string, string>();
const shorts = new Map<string, string>();

function shortFor(text: string): string {
  const short = shorts.get(text) ?? `s${shorts.size}`;
  shorts.set(text, short);
  return short;
}

function ofSilence(lastFailure: Failed | null, phase: Phase): string {
  const words = [null, { attempt: 1, noneInFlight: true }, { attempt: 1, noneInFlight: false }];
  const all = words.map((word) => {
    const { type, details } = silence({ word, lastFailure }, phase);
    const { callMayBeInFlight, observed, operation, httpStatus, isSettled } = details;
    return [type, callMayBeInFlight, observed, operation, httpStatus, isSettled];
  });
  return JSON.stringify(all);
}

/** What a wait ends with when its time is up. */
export function ranOut({ seen, held }: Memory, phase: Phase): FailureFacts {
  return factsOfFailed({ type: 'DeadlineExceeded', seen, isSettled: held === 'settled' }, phase);
}

export function cancellation(): FailureFacts {
  return once(['cancelled'], () => factsOf(new CancelledFailure('cancelled'), 'stopping'));
}

function toError({ type, callMayBeInFlight, seen, operation, httpStatus, isSettled }: Failed): ApplicationFailure {
  const details = {
    ...(callMayBeInFlight !== undefined && { callMayBeInFlight }),
    ...(isSettled !== undefined && { isSettled }),
    ...(seen != null && { observed: toVmState(seen) }),
    ...(operation !== undefined && { operation, httpStatus: httpStatus ?? null }),
  };
  return ApplicationFailure.create({ type, message: type, nonRetryable: true, details: [details] });
}

/** The era of the look travels as its time. */
export function toVmState({ status, image, era }: Seen): VmState {
  const isGone = status === 'deleted';
  const observedAt = new Date(era).toISOString();
  return { status: isGone ? null : status, imageId: isGone || image === '' ? null : image, observedAt };
}

export function seenOf({ status, imageId, observedAt }: VmState): Seen {
  const era = Date.parse(observedAt ?? '');
  return status === null ? { status: 'deleted', image: '', era } : { status, image: imageId ?? '', era };
}
