import { startDeadline } from '../../jdcloud/call-deadline.js';
import { faultText } from './fault-text.js';

/** What one look found. */
export interface Look {
  readonly isGood: boolean;
  /** One line in our own words: nothing that the other side wrote, save numbers. */
  readonly said: string;
  /** Milliseconds until the answer; absent where they say nothing. */
  readonly tookMs?: number;
}

/** Looks once, whatever it finds. Rejects with the signal's reason alone. */
export type Looker = (signal: AbortSignal) => Promise<Look>;

export interface LookLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * One look within its time: an error of `work` is a bad look, told by its code, and so is a look that takes too long.
 * @param unfinished - what there was not, within the time
 * @throws the reason of the signal, when that aborted
 */
export async function lookWithin(
  { timeoutMs, signal }: LookLimits,
  work: (signal: AbortSignal) => Promise<Look>,
  unfinished: () => string = () => 'no answer',
): Promise<Look> {
  signal.throwIfAborted();
  const deadline = startDeadline(timeoutMs, signal);
  try {
    return await work(deadline.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.isOver()) return { isGood: false, said: `${unfinished()} within ${timeoutMs / 1000} s` };
    return { isGood: false, said: faultText(error) };
  } finally {
    deadline.clear();
  }
}

/** Whole milliseconds since a moment of `performance.now()`. */
export function msSince(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
