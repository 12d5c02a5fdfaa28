import { type ApiCall, callName, factsWithoutAnswer, oneLine } from './api-call.js';
import { STEADY_CLOCK, type SteadyClock } from './clocks.js';
import { ThrottledError } from './errors.js';
import { createCallBudget, createThrottlePace, type Permit, RegionLimiter, type TurnedAway } from './region-limiter.js';

export interface RegionLimitersOptions {
  /** Most calls a minute to each region, 2 or more; null for no cap. @default null */
  readonly callsPerMinute?: number | null;
  /** Milliseconds of the first pause after throttling without Retry-After. @default 1000 */
  readonly firstPauseMs?: number;
  /** Milliseconds of the longest pause, whatever Retry-After says: JD Cloud counts by the minute. @default 60000 */
  readonly longestPauseMs?: number;
  readonly clock?: SteadyClock;
}

/** What a gate looks at in a call. */
export type GatedCall = Pick<ApiCall<unknown>, 'operation' | 'about' | 'method' | 'regionId' | 'isUrgent'>;

/** The gates of a process, one a region: all its calls to JD Cloud pass them. */
export interface RegionLimiters {
  /**
   * Resolves when the call may go: urgent calls first, then changes, then reads.
   * Throws a ThrottledError, `mayHaveArrived` false, when it would wait for more than half a minute (an urgent one:
   * more than 3 s); the reason of the signal when that aborted.
   */
  readonly enter: (call: GatedCall, signal?: AbortSignal) => Promise<Permit>;
  /** Calls that wait now, by region. A region is named once it has been called. */
  readonly waiting: () => ReadonlyMap<string, number>;
  /** Most calls a minute to each region; null for no cap. */
  readonly callsPerMinute: number | null;
}

/**
 * How long a call waits here before its caller, who has a retry policy, is told. Two of them, a read and a change,
 * with 10 s each on the wire, fit into the 90 s that one activity may take.
 */
const MAX_WAIT_MS = 30_000;

/**
 * For what stands on checks made a moment before. The checks before a rebuild hold for 20 s, a heartbeat may be 5 s
 * old: together less than the 30 s after which another worker may take over.
 */
const URGENT_MAX_WAIT_MS = 3_000;

/** Makes the gates that all calls of a process share. */
export function createRegionLimiters(options: RegionLimitersOptions = {}): RegionLimiters {
  const { callsPerMinute = null, firstPauseMs = 1_000, longestPauseMs = 60_000, clock = STEADY_CLOCK } = options;
  const gates = new Map<string, RegionLimiter>();
  const gateOf = (regionId: string) => {
    const gate =
      gates.get(regionId) ??
      new RegionLimiter({
        clock,
        pace: createThrottlePace({ firstPauseMs, longestPauseMs }),
        budget: callsPerMinute === null ? null : createCallBudget(callsPerMinute),
      });
    gates.set(regionId, gate);
    return gate;
  };
  return {
    callsPerMinute,
    waiting: () => new Map([...gates].map(([regionId, gate]) => [regionId, gate.waiting])),
    enter: (call, signal) =>
      gateOf(call.regionId).enter({
        priority: priorityOf(call),
        maxWaitMs: call.isUrgent === true ? URGENT_MAX_WAIT_MS : MAX_WAIT_MS,
        refuse: (why) => notSent(call, why, callsPerMinute),
        signal,
      }),
  };
}

function priorityOf({ isUrgent, method }: GatedCall): number {
  if (isUrgent === true) return 0;
  return method === 'GET' ? 2 : 1;
}

function notSent(call: GatedCall, { opensInMs, waiting }: TurnedAway, callsPerMinute: number | null): ThrottledError {
  const region = oneLine(call.regionId);
  const why =
    opensInMs > 0
      ? `JD Cloud throttles ${region}, which is asked again in ${Math.ceil(opensInMs / 1000)} s`
      : `${waiting} calls to ${region} wait for their turn${callsPerMinute === null ? '' : ` (cap: ${callsPerMinute} a minute)`}`;
  return new ThrottledError(`${callName(call)}: not sent, ${why}`, {
    ...factsWithoutAnswer(call, { mayHaveArrived: false }),
    retryAfterMs: opensInMs > 0 ? Math.ceil(opensInMs) : null,
  });
}
