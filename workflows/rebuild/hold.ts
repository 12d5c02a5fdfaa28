import {
  ApplicationFailure,
  condition,
  defineUpdate,
  getExternalWorkflowHandle,
  setHandler,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { Decision, type DecisionTaken, type Held } from '../../contracts/decision.js';
import type { MemberHoldChange } from '../../contracts/fleet/fleet-progress.js';
import { DECIDE_UPDATE, MEMBER_SIGNAL, MEMO } from '../../contracts/names.js';
import type { Failure } from '../../contracts/rebuild-result.js';
import { parseInput } from '../runtime/parse-input.js';
import type { Run } from './run.js';

const decideUpdate = defineUpdate<DecisionTaken, [unknown]>(DECIDE_UPDATE);

/** Takes decisions while the rebuild is held, and refuses them at any other time. */
export function takeDecisions({ record }: Run): void {
  setHandler(
    decideUpdate,
    (input) => {
      const { decision, reason, by } = parseInput(Decision, input, 'decision');
      const taken = { decision, reason, by, at: new Date().toISOString() };
      record.decided(taken);
      return taken;
    },
    { validator: (input) => refuseUnlessAwaited(record.wayBack.held, input), description: 'Decides on a held rebuild' },
  );
}

/** Must be synchronous: an update whose validator awaits wedges the workflow. */
function refuseUnlessAwaited(held: Held | null, input: unknown): void {
  const { decision, heldSince } = parseInput(Decision, input, 'decision');
  if (held === null) throw refused('The rebuild is not held: there is nothing to decide.');
  if (heldSince !== undefined && Date.parse(heldSince) !== Date.parse(held.since))
    throw refused(`The hold that was meant is over; the rebuild is held anew since ${held.since}.`);
  if (!held.choices.includes(decision))
    throw refused(`There is nothing to roll back to: only ${held.choices.join(', ')} can be decided.`);
}

function refused(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'DecisionRefused', message, nonRetryable: true });
}

/**
 * Keeps the lock and waits for a decision, up to the deadline. A cancellation that comes while it is held ends the hold
 * as if it were given up; one that came before was too late already.
 * @param choices - what may be decided
 * @param whyNotRolledBack - what forbids a rollback that no person has ordered
 */
export async function holdForDecision(
  { request: { hold, instanceId }, record }: Run,
  { type, message }: Pick<Failure, 'type' | 'message'>,
  choices: Held['choices'],
  whyNotRolledBack: string | null,
): Promise<DecisionTaken['decision']> {
  record.enter('held', hold.deadlineSeconds);
  // Unattended, a rollback is tried once: a second one would erase at each deadline, without end.
  const isForbidden = whyNotRolledBack !== null || record.wayBack.rollbacks.length > 0;
  const isRefused = hold.atDeadline === 'rollback' ? isForbidden : hold.atDeadline === 'accept' && isUnrebuilt(type);
  const atDeadline = isRefused ? 'give-up' : hold.atDeadline;
  const since = new Date().toISOString();
  record.hold({ since, deadlineAt: record.deadlineAt, atDeadline, failure: { type, message }, choices });
  notifyFleet(instanceId, `${type}: ${message}`.slice(0, 200));
  const wasCancelled = record.isCancelRequested;
  const isCancelled = () => record.isCancelRequested && !wasCancelled;
  await condition(() => record.wayBack.held === null || isCancelled(), record.remainingMs);
  if (record.wayBack.held !== null) record.decided(undecided(isCancelled() ? null : atDeadline));
  notifyFleet(instanceId, null);
  return record.wayBack.lastDecision;
}

/** Whether the disk may be the old one still: only a person who has looked can take such a VM for rebuilt. */
function isUnrebuilt(type: string): boolean {
  return type === 'RebuildNotApplied' || type === 'RebuildOutcomeUnknown';
}

/** What becomes of a hold that nobody decided on. @param atDeadline - null: it was cancelled */
function undecided(atDeadline: DecisionTaken['decision'] | null): DecisionTaken {
  const reason = atDeadline === null ? 'The rebuild was cancelled while held.' : 'Nobody decided before the deadline.';
  return { decision: atDeadline ?? 'give-up', reason, by: null, at: new Date().toISOString() };
}

/** Tells the fleet that a rebuild is part of that it is held, and why, or no longer (null). A fleet that has ended is told nothing. */
export function notifyFleet(instanceId: string, held: string | null): void {
  const { parent, memo } = workflowInfo();
  const fleetId = memo?.[MEMO.fleetId];
  if (parent === undefined || typeof fleetId !== 'string') return;
  const news: MemberHoldChange = { instanceId, held, fleetId };
  getExternalWorkflowHandle(parent.workflowId)
    .signal(MEMBER_SIGNAL, news)
    .catch((error: unknown) => {
      if (!(error instanceof TemporalFailure)) throw error;
    });
}
