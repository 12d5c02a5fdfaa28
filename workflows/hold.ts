import { ApplicationFailure, condition, defineUpdate, setHandler } from '@temporalio/workflow';
import { Decision, type DecisionTaken, type Held } from '../contracts/decision.js';
import { DECIDE_UPDATE } from '../contracts/names.js';
import type { Failure } from '../contracts/rebuild-result.js';
import { parseInput } from './parse-request.js';
import type { Run } from './rebuild-steps.js';

const decideUpdate = defineUpdate<DecisionTaken, [unknown]>(DECIDE_UPDATE);

/** Takes decisions while the rebuild is held, and refuses them at any other time. */
export function takeDecisions({ record }: Run): void {
  setHandler(
    decideUpdate,
    (input) => {
      const taken = { ...parseInput(Decision, input, 'decision'), at: new Date().toISOString() };
      record.decided(taken);
      return taken;
    },
    { validator: (input) => refuseUnlessAwaited(record.wayBack.held, input), description: 'Decides on a held rebuild' },
  );
}

/** Must be synchronous: an update whose validator awaits wedges the workflow. */
function refuseUnlessAwaited(held: Held | null, input: unknown): void {
  const { decision } = parseInput(Decision, input, 'decision');
  if (held === null) throw refused('The rebuild is not held: there is nothing to decide.');
  if (!held.choices.includes(decision))
    throw refused(`There is nothing to roll back to: only ${held.choices.join(', ')} can be decided.`);
}

function refused(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'DecisionRefused', message, nonRetryable: true });
}

/**
 * Keeps the lock and waits for a decision, up to the deadline. A cancellation ends the hold as if it were given up.
 * @param choices - what may be decided
 */
export async function holdForDecision(
  { request: { hold }, record }: Run,
  { type, message }: Pick<Failure, 'type' | 'message'>,
  choices: Held['choices'],
): Promise<DecisionTaken['decision']> {
  record.enter('held', hold.deadlineSeconds);
  // A rollback that nobody asked for is tried once; a second one would erase at each deadline, without end.
  const isSpent =
    hold.atDeadline === 'rollback' && (!choices.includes('rollback') || record.wayBack.rollbacks.length > 0);
  const atDeadline = isSpent ? 'give-up' : hold.atDeadline;
  const since = new Date().toISOString();
  record.hold({ since, deadlineAt: record.deadlineAt, atDeadline, why: { type, message }, choices });
  await condition(() => record.wayBack.held === null || record.isCancelRequested, record.remainingMs);
  if (record.wayBack.held !== null) record.decided(undecided(record.isCancelRequested ? null : atDeadline));
  return record.wayBack.lastDecision;
}

/** What becomes of a hold that nobody decided on. @param atDeadline - null: it was cancelled */
function undecided(atDeadline: DecisionTaken['decision'] | null): DecisionTaken {
  const reason = atDeadline === null ? 'The rebuild was cancelled while held.' : 'Nobody decided before the deadline.';
  return { decision: atDeadline ?? 'give-up', reason, by: null, at: new Date().toISOString() };
}
