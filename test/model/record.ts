import { afterLook, beforeCall, changedBy, changedByFailed } from '../../workflows/decisions/claims.js';
import type { FailureFacts } from '../../workflows/runtime/failures.js';
import { seenOf, toVmState } from './failures.js';
import { type Call, type Failed, type Run, type Seen, type State, withRun } from './state.js';

/** What an attempt reports. */
export interface Report {
  readonly seen: Seen | null;
  /** It has sent its call, and heard that it was taken. */
  readonly hasCalled: boolean;
  /** A stop or start of an attempt before may be on its way. */
  readonly mayBeOut?: boolean;
  /** Of the rebuild call. */
  readonly landed?: 'yes' | 'no';
  readonly sawRebuilding?: boolean;
}

const OPERATION: Record<Call['kind'], string> = {
  rebuild: 'rebuildInstance',
  stop: 'stopInstance',
  start: 'startInstance',
};

export function runAt(state: State, index: number): Run {
  const run = state.runs[index];
  if (run === undefined) throw new Error(`no run ${index}`);
  return run;
}

/** A look is on the record, and what its step has changed after it. */
export function noted(state: State, index: number, { seen, hasCalled }: Report, kind?: Call['kind']): State {
  if (seen === null) return state;
  const apiCalls = hasCalled && kind !== undefined ? [{ operation: OPERATION[kind], requestId: '' }] : [];
  return withRun(state, index, { observed: looked(state, index, seen), unseen: changedBy({ apiCalls }) });
}

export function toFailed({ type, details }: FailureFacts): Failed {
  return { type, ...(details.callMayBeInFlight !== undefined && { callMayBeInFlight: details.callMayBeInFlight }) };
}

export function noteError(state: State, index: number, { details }: FailureFacts): State {
  if (details.observed == null) return state;
  const observed = looked(state, index, seenOf(details.observed));
  return withRun(state, index, { observed, unseen: changedByFailed(details) });
}

/** What is known of the VM after a look. */
function looked(state: State, index: number, seen: Seen): Seen {
  const { observed } = runAt(state, index);
  const known = afterLook(observed === null ? null : toVmState(observed), toVmState(seen));
  // The image that is known is of an earlier look: what others have done since it is not told.
  return seen.image === '' && observed !== null ? { ...seenOf(known), era: observed.era } : seenOf(known);
}

/** Nobody could look: nobody knows what has come of the call. */
export function unsettled(state: State, index: number, facts: FailureFacts): State {
  const told = noteError(state, index, facts);
  return withRun(told, index, { unseen: beforeCall(runAt(told, index).unseen, 'power') });
}
