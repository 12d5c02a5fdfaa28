import type { Mutant } from '../mutants/mutant.js';
import type { Bounds } from './state.js';

/** A bug of the past, with the bounds within which the model finds it. */
export interface Plant extends Omit<Mutant, 'tests' | 'only'> {
  readonly bounds: Partial<Bounds>;
  readonly world: 'another image' | 'the same image' | 'a stopped VM';
  /** What comes of it, as the model names it. */
  readonly finds: RegExp;
}

/** What the cases page had, taken back into the code of today: each is to yield a story. */
export const PLANTS: readonly Plant[] = [
  {
    name: 'A1: what an earlier attempt said is believed of one that never reported',
    file: 'workflows/runtime/failures.ts',
    text: '  const seen = believedOfSilent(readDetails(timeout.lastHeartbeatDetails));',
    replacement:
      '  const said = earlier instanceof ApplicationFailure ? readDetails(earlier.details?.[0]) : {};\n  const seen = { ...said, ...believedOfSilent(readDetails(timeout.lastHeartbeatDetails)) };',
    why: 'an erased VM is told as not erased, and its lock is let go in mid-rebuild',
    world: 'another image',
    bounds: { repeats: 1, failures: 1, deadlines: 1 },
    finds: /./,
  },
  {
    name: 'A2: a call goes out without the server’s word, by a clock that stood still',
    file: 'activities/decisions/before-call.ts',
    text: "  return word === 'counts' && ageMs <= CHECKS_HOLD_MS;",
    replacement: "  return word !== 'cancelled' || ageMs < 0;",
    why: 'a machine that slept sends what another one has sent since',
    world: 'a stopped VM',
    bounds: { repeats: 1, stalls: 1 },
    finds: /erased|after the end/,
  },
  {
    name: 'A5: a rebuild runs under an id that is not the lock’s',
    file: 'workflows/runtime/own-id.ts',
    text: '  return workflowId === lockId;',
    replacement: '  return workflowId.startsWith(lockId);',
    why: 'two operations are at work on one VM',
    world: 'a stopped VM',
    bounds: { otherIds: 1 },
    finds: /is at it/,
  },
  {
    name: 'A10: one look at rest after `rebuilding` was seen is the end',
    file: 'activities/decisions/is-back.ts',
    text: '  return restsForMs >= settleMs || wasBack || showsEnd(target, seen, memory);',
    replacement: '  return restsForMs >= settleMs || wasBack || memory.sawPassing || showsEnd(target, seen, memory);',
    why: 'told as stopped, while it is being rebuilt',
    world: 'a stopped VM',
    bounds: { staleReads: 2, deadlines: 1 },
    finds: /tells/,
  },
];
