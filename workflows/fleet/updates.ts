import { ApplicationFailure, currentUpdateInfo, defineUpdate, setHandler } from '@temporalio/workflow';
import {
  FLEET_UPDATES,
  type AuditEntry,
  type FleetUpdate,
  type FleetUpdateName,
  isSameName,
} from '../../contracts/fleet/fleet-control.js';
import type { MemberState } from '../../contracts/fleet/fleet-progress.js';
import { parseInput } from '../runtime/parse-input.js';
import { shorten } from './child-outcome.js';
import type { Fleet } from './fleet-context.js';
import { FAILED, type Member, type MemberChange } from './members.js';

/** What one update does, and what it is refused for. Both at once, without an await: a validator that awaits wedges the workflow. */
interface Control<Name extends FleetUpdateName> {
  /** Why it cannot be done now; null: it can. */
  readonly whyNot: (fleet: Fleet, input: FleetUpdate<Name>) => string | null;
  readonly take: (fleet: Fleet, input: FleetUpdate<Name>) => void;
}

const NOT_STARTED: readonly MemberState[] = ['waiting', 'deferred'];
const RETRIED: readonly MemberState[] = [...FAILED, 'cancelled'];

/** Nothing of the attempt before is told of it any more. */
const BACK_IN_QUEUE = {
  state: 'waiting',
  goal: 'forward',
  isTolerated: false,
  reason: null,
  failure: null,
} as const satisfies MemberChange;

const pause: Control<'pause'> = {
  whyNot: ({ record }) => (record.pause === null ? null : 'The fleet is paused already.'),
  take: ({ record }, { by, reason }) => record.pauseFor({ why: `paused by ${by}: ${reason}`, isForBudget: false }),
};

const resume: Control<'resume'> = {
  whyNot: ({ record }, { pause: meant }) => {
    if (record.pause === null) return 'The fleet is not paused.';
    const { number, why } = record.pause;
    return number === meant ? null : `This is pause ${number} of the fleet, and pause ${meant} was meant: ${why}`;
  },
  take: ({ record }) => record.resume(),
};

const approve: Control<'approve'> = {
  whyNot: ({ record, input }, { by, planDigest, gate }) => {
    const why = whyNotGate(record, gate);
    if (why !== null) return why;
    if (planDigest !== input.planDigest) return `The plan that runs has the digest ${input.planDigest}.`;
    const isOwn = input.requestedBy === undefined || isSameName(input.requestedBy, by);
    return input.rollout.approval.preventSelfApproval && isOwn
      ? `Another person has to approve than ${input.requestedBy ?? 'somebody unknown'}, who started the fleet.`
      : null;
  },
  take: ({ record }) => record.openGate(),
};

const reject: Control<'reject'> = {
  whyNot: ({ record }, { gate }) => whyNotGate(record, gate),
  take: ({ record }, { by, reason }) =>
    record.end({ type: 'FleetRejected', message: `Rejected by ${by}: ${reason}`, now: false, isRolledBack: false }),
};

const abort: Control<'abort'> = {
  whyNot: ({ record }, { now }) =>
    record.ending === null || record.ending.isRolledBack || now ? null : 'The fleet is ending already.',
  take: ({ record, children }, { by, reason, now }) => {
    record.end({ type: 'FleetAborted', message: `Aborted by ${by}: ${reason}`, now, isRolledBack: false });
    if (now) children.cancel();
  },
};

const set: Control<'set'> = {
  whyNot: () => null,
  take: ({ record }, { maxUnavailable, maxFailures, maxHeld }) => {
    const { unavailable, failures, held } = record.limits;
    record.limit({
      unavailable: { ...unavailable, fleet: maxUnavailable ?? unavailable.fleet },
      failures: { ...failures, fleet: maxFailures ?? failures.fleet },
      held: maxHeld ?? held,
    });
  },
};

const skip: Control<'skip'> = {
  whyNot: (fleet, { instanceIds }) => whyNotAll(fleet, instanceIds, NOT_STARTED),
  take: ({ record }, { instanceIds, by, reason }) => {
    for (const { at } of membersOf(record, instanceIds))
      record.members.change(at, { state: 'skipped', reason: shorten(`skipped by ${by}: ${reason}`) });
  },
};

const retryFailed: Control<'retryFailed'> = {
  whyNot: (fleet, { instanceIds }) => {
    if (instanceIds !== undefined) return whyNotAll(fleet, instanceIds, RETRIED);
    return fleet.record.members.inState(RETRIED).length === 0 ? 'No VM has failed.' : null;
  },
  take: ({ record }, { instanceIds }) => {
    const chosen = instanceIds === undefined ? record.members.inState(RETRIED) : membersOf(record, instanceIds);
    for (const { at } of chosen) record.members.change(at, BACK_IN_QUEUE);
  },
};

const CONTROLS: { readonly [Name in FleetUpdateName]: Control<Name> } = {
  pause,
  resume,
  approve,
  reject,
  abort,
  set,
  skip,
  retryFailed,
};

/** Takes all updates of a fleet from now on. Each is refused once the fleet is ending, save that abort may hurry. */
export function takeControl(fleet: Fleet): void {
  takeUpdate(fleet, 'pause');
  takeUpdate(fleet, 'resume');
  takeUpdate(fleet, 'approve');
  takeUpdate(fleet, 'reject');
  takeUpdate(fleet, 'abort');
  takeUpdate(fleet, 'set');
  takeUpdate(fleet, 'skip');
  takeUpdate(fleet, 'retryFailed');
}

function takeUpdate<Name extends FleetUpdateName>(fleet: Fleet, name: Name): void {
  const control: Control<Name> = CONTROLS[name];
  const { answers } = fleet.record;
  setHandler(
    defineUpdate<AuditEntry, [unknown]>(name),
    (input) => {
      const id = currentUpdateInfo()?.id;
      const before = answers.of(id);
      if (before !== null) return before;
      const given = parseInput(FLEET_UPDATES[name], input, name) as FleetUpdate<Name>;
      control.take(fleet, given);
      const done = fleet.record.recordAct(name, given.by, given.reason);
      answers.keep(id, done);
      return done;
    },
    {
      validator: (input) => {
        // What was done before this run began is answered once more, though it could not be done again.
        const id = currentUpdateInfo()?.id;
        if (answers.of(id) !== null) return;
        const differ = answers.whatDiffers(id);
        if (differ !== null) throw refusal('RequestIdReused', reusedText(name, differ));
        const given = parseInput(FLEET_UPDATES[name], input, name) as FleetUpdate<Name>;
        const why = whyRefused(fleet, name) ?? control.whyNot(fleet, given);
        if (why !== null) throw refusal('DecisionRefused', why);
      },
      description: `${name}: see docs/fleets.md`,
    },
  );
}

function refusal(type: 'DecisionRefused' | 'RequestIdReused', message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}

function reusedText(name: FleetUpdateName, differ: readonly string[]): string {
  return `The request id was used before, for a ${name} that said something else: ${differ.join(', ')}.`;
}

/** What may be done to a fleet that puts back what it has moved, before it ends. */
const WHILE_PUT_BACK: readonly FleetUpdateName[] = ['pause', 'resume', 'set'];

function whyRefused({ record: { ending, isEnding } }: Fleet, name: FleetUpdateName): string | null {
  if (ending === null || name === 'abort' || (!isEnding && WHILE_PUT_BACK.includes(name))) return null;
  return `The fleet is ending: ${ending.message}`;
}

/** An answer is for the gate that was looked at: a later one, of which nobody has seen the wave, stays shut. */
function whyNotGate({ gate }: Fleet['record'], meant: string): string | null {
  if (gate === null) return 'The fleet does not wait for approval.';
  if (gate.name === meant) return null;
  return `The fleet waits for approval ${gate.name}. The gate that was meant is another one: ${meant}.`;
}

function whyNotAll({ record }: Fleet, instanceIds: readonly string[], states: readonly MemberState[]): string | null {
  for (const instanceId of instanceIds) {
    const member = record.members.find(instanceId);
    if (member === null) return `${instanceId} is not in this fleet.`;
    if (!states.includes(member.state)) return `${instanceId} is ${member.state}.`;
  }
  return null;
}

function membersOf(record: Fleet['record'], instanceIds: readonly string[]): Member[] {
  return instanceIds.map((instanceId) => record.members.find(instanceId)).filter((member) => member !== null);
}
