import type { FaultKind } from '../../simulator/model/fault-rule.js';

/*
 * In the cloud a call may take 10 s, a change may stay invisible for 60 s, and a stalled call is performed after 30 s:
 * later than its caller waits, and before a rebuild would be held not to have landed. So here, in less time.
 */

/** Longest that the matrix's client waits for an answer. */
export const CALL_TIMEOUT_MS = 2_000;
/** How long an accepted change may stay invisible. */
export const SETTLE_MS = 1_500;
/** How long a stalled call is held back before it is performed after all. */
const STALL_MS = 3_000;

/** One thing that may come of a call to JD Cloud. */
interface Fault {
  readonly name: string;
  readonly kind: FaultKind;
  /** A refusal that a repeat does not mend; one of the account is one only before the VM is touched. Anything else passes. */
  readonly isFinal?: true | 'before the touch';
}

const before = 'before';
const after = 'after';

/** The faults that each call meets. */
export const FAULTS: readonly Fault[] = [
  { name: '400', kind: { status: 400, code: 'INVALID_ARGUMENT', when: before }, isFinal: true },
  { name: '401', kind: { status: 401, when: before }, isFinal: 'before the touch' },
  { name: '403', kind: { status: 403, when: before }, isFinal: 'before the touch' },
  { name: '404', kind: { status: 404, when: before }, isFinal: true },
  {
    name: 'busy-400',
    kind: {
      status: 400,
      code: 'FAILED_PRECONDITION',
      message: "Conflict with underlay task 'attachDisk'",
      when: before,
    },
  },
  { name: '429', kind: { throttle: true } },
  { name: '429-quota', kind: { quota: true }, isFinal: 'before the touch' },
  { name: '500', kind: { status: 500, when: before } },
  { name: '503', kind: { status: 503, when: before } },
  { name: 'html-503', kind: { body: 'html', status: 503, when: before } },
  { name: '500-after', kind: { status: 500, when: after } },
  { name: 'drop-before', kind: { drop: before } },
  { name: 'drop-after', kind: { drop: after } },
  { name: 'stall', kind: { delayMs: STALL_MS, when: before } },
  { name: 'malformed', kind: { body: 'html', status: 200, when: after } },
  { name: 'wrong-shape', kind: { body: 'wrong-shape', when: after } },
  { name: 'truncated', kind: { body: 'truncated', when: after } },
];

/** How long a fault lasts, from its first call on. */
export const SPANS = [
  { name: 'once', times: 1 },
  { name: 'thrice', times: 3 },
  { name: 'to-deadline', times: 'always' },
] as const;
export type Span = (typeof SPANS)[number]['name'];
