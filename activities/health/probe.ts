import type { HealthAnswer, HealthCheck } from '../../contracts/health-check.js';
import { pause } from '../pause.js';
import { type Aim, aimCheck } from './aim-check.js';
import { Tally } from './tally.js';

/** Looks beyond those that must be good. */
const SPARE_LOOKS = 2;

/**
 * Finds out whether a check is good now: `successes` good looks in a row, within two looks more than that, at the
 * check's own pace, and within its deadline. Ends as soon as it is decided either way.
 * @throws the reason of the signal, and nothing else
 */
export async function probe(check: HealthCheck, aim: Aim, signal: AbortSignal): Promise<HealthAnswer> {
  const tally = new Tally(check);
  const look = aimCheck(check, aim);
  if (typeof look === 'string') {
    tally.take({ isGood: false, said: look });
    return tally.answer();
  }
  const endsAt = performance.now() + check.deadlineSeconds * 1000;
  const intervalMs = check.intervalSeconds * 1000;
  for (let left = check.successes + SPARE_LOOKS - 1; ; left -= 1) {
    tally.take(await look(signal));
    const isDecided = tally.missing === 0 || tally.missing > left || performance.now() + intervalMs > endsAt;
    if (isDecided) return tally.answer();
    await pause(intervalMs, signal);
  }
}
