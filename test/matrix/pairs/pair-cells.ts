import type { FaultKind } from '../../../simulator/model/fault-rule.js';
import { CALLS_UNDER_TEST, type CallUnderTest } from './calls-under-test.js';

/** How an earlier attempt of the activity has failed, with no call out. */
export const FIRSTS = ['none', 'read-503', 'busy-400', 'call-503'] as const;
export type First = (typeof FIRSTS)[number];

/** Where the call under test is when the second fault comes. */
export const MOMENTS = [
  /** The VM has been looked at for the last time, and the call is not sent. */
  'before-wire',
  /** It is sent, and performed only later. */
  'on-the-way',
  /** It is performed, and not answered yet. */
  'performed',
] as const;
export type Moment = (typeof MOMENTS)[number];

/** What befalls the worker. */
export const HAPPENINGS = ['alive', 'killed', 'frozen', 'asleep'] as const;
export type Happening = (typeof HAPPENINGS)[number];

/** What else comes with it, from outside. */
export const TWISTS = ['plain', 'cancelled', 'to-deadline'] as const;
export type Twist = (typeof TWISTS)[number];

/** Two faults at one call: an attempt that failed harmlessly, and what comes while the next one has its call out. */
export interface PairCell {
  readonly name: string;
  readonly call: CallUnderTest;
  readonly first: First;
  readonly moment: Moment;
  readonly happening: Happening;
  readonly twist: Twist;
}

/** How the first attempt is made to fail. */
export const FIRST_KINDS: Readonly<Record<Exclude<First, 'none'>, FaultKind>> = {
  'read-503': { status: 503, when: 'before' },
  'busy-400': {
    status: 400,
    code: 'FAILED_PRECONDITION',
    message: "Conflict with underlay task 'attachDisk'",
    when: 'before',
  },
  'call-503': { status: 503, when: 'before' },
};

/** All pairs, those left out that are none: each is named, so that a choice by seed and a list are possible. */
export function pairCells(): PairCell[] {
  return HAPPENINGS.flatMap((happening) =>
    CALLS_UNDER_TEST.flatMap((call) =>
      FIRSTS.flatMap((first) =>
        MOMENTS.flatMap((moment) =>
          TWISTS.map((twist) => ({
            name: ['pair', happening, twist, call.name, moment, `after-${first}`].join('/'),
            call,
            first,
            moment,
            happening,
            twist,
          })),
        ),
      ),
    ),
  ).filter(isPair);
}

function isPair({ call, first, happening, twist }: PairCell): boolean {
  if (happening === 'alive' && twist === 'plain') return false;
  if (twist === 'to-deadline' && call.deadline === null) return false;
  // The deadline of a way back holds for its rest, too: one that the rest keeps to is too long to pass during the call.
  if (twist === 'to-deadline' && happening === 'alive' && call.story.name === 'rollback')
    return call.operation !== 'rebuildInstance';
  // A deletion that JD Cloud refuses is told in the report: there is no second attempt.
  return call.operation !== 'deleteImage' || first !== 'busy-400';
}

/** The worker is gone for a while, and all else is as usual: the rebuild ends as if that had not been. */
export function isPassing({ twist }: PairCell): boolean {
  return twist === 'plain';
}
