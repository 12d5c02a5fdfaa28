import type { FailureType } from '../../contracts/failures.js';
import type { PhaseRecord } from '../../contracts/rebuild-progress.js';
import type { Ended } from './play-walk.js';

/** The server's timer and the workflow's clock need not agree to the millisecond. */
const TIMER_SLACK_MS = 100;

/** A failed rebuild that is to be held is held, each hold ends by a decision, and none that nobody took ends early. */
export function judgeHold({ rebuild, result }: Ended): string[] {
  const { member } = rebuild;
  const holds = result.timeline.filter(({ phase }) => phase === 'held');
  const decisions = result.decisions ?? [];
  const violations: string[] = [];
  if (holds.length !== decisions.length)
    violations.push(`held ${holds.length} times, and ${decisions.length} decisions were taken`);
  if (member.onFailure !== 'hold') return holds.length > 0 ? ['held, and nobody asked for it'] : violations;
  const calledBefore = result.timeline.some(({ phase }) => phase === 'starting' || phase === 'verifying');
  // What was put back by the run that was reset, or is another's by now, is not held once more.
  const isRefused = rebuild.resets > 0 && REFUSED.includes(result.failure?.type);
  if (
    result.outcome === 'failed' &&
    !isRefused &&
    calledBefore &&
    holds.length === 0 &&
    result.failure?.type !== 'VmDeleted'
  )
    violations.push('failed after the rebuild call, and was not held');
  const isEarly = (hold: PhaseRecord, index: number) =>
    decisions[index]?.by === null && decisions[index].reason.includes('deadline') && lengthMs(hold) < MIN_HOLD_MS;
  if (holds.some(isEarly)) violations.push('a hold ended before its deadline, and nobody had decided');
  return violations;
}

const REFUSED: readonly (FailureType | undefined)[] = ['ValidationFailed', 'ConcurrentChange'];

/** What every walk asks for. */
const MIN_HOLD_MS = 5_000 - TIMER_SLACK_MS;

function lengthMs({ startedAt, finishedAt }: PhaseRecord): number {
  return finishedAt === null ? 0 : Date.parse(finishedAt) - Date.parse(startedAt);
}
