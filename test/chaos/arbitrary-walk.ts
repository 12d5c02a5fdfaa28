import fc from 'fast-check';
import { DECISIONS } from '../../contracts/decision.js';
import { type FaultKind, type FaultRule, outcomesOf } from '../../simulator/model/fault-rule.js';
import { type Administration, type Deed, type Event, MEDDLINGS, type Member, type Walk } from './walk.js';

/** How large a walk is. */
export interface WalkSize {
  readonly members: number;
  /** Events for each member, on average. */
  readonly eventsEach: number;
  /** Kills of a worker in one walk, at most. */
  readonly kills: number;
  /** Longest that a call is held back. */
  readonly stallMs: number;
}

/** Reads that name their VM: a fault strikes one member, and those whose read it shares. */
const READS = ['describeInstances', 'describeBriefInstances', 'describeInstancesCustomData'] as const;
const CHANGES = ['stopInstance', 'startInstance', 'rebuildInstance', 'createImage'] as const;

/** Calls that name no VM: a fault strikes whoever makes the next. */
const OF_ALL = ['describeImage', 'describeImages', 'describeKeypairs', 'describeQuotas', 'deleteImage'] as const;

const when = fc.constantFrom('before' as const, 'after' as const);

/** Answers that a repeat does not mend. */
const refusal: fc.Arbitrary<FaultKind> = fc.oneof(
  fc.record({ status: fc.constantFrom(400, 404), when }),
  // An account is refused at the gateway, before anything is performed.
  fc.record({ status: fc.constantFrom(401, 403), when: fc.constant('before' as const) }),
  fc.record({ quota: fc.constant(true as const) }),
);

/** The call is performed, and nobody is told. */
const lostAnswer: fc.Arbitrary<FaultKind> = fc.oneof(
  fc.constant({ drop: 'after' as const }),
  fc.record({ status: fc.constantFrom(500, 502, 503), when: fc.constant('after' as const) }),
);

/**
 * Longest that a call may be under way in the cloud before it is performed. One whose caller has gone meanwhile is held
 * not to have landed once the settle time is over: that is a second here, and half a minute where it counts.
 */
const LONGEST_UNSEEN_MS = 800;

/** Answers that a repeat mends, or that leave it open what became of the call. */
function arbitraryTrouble(operation: string, stallMs: number): fc.Arbitrary<FaultKind> {
  const untilPerformedMs = operation.startsWith('describe') ? stallMs : LONGEST_UNSEEN_MS;
  const busy = { status: 400, code: 'FAILED_PRECONDITION', when: 'before' } as const;
  return fc.oneof(
    fc.record({ status: fc.constantFrom(429, 500, 502, 503), when }),
    fc.constant({ ...busy, message: "Conflict with underlay task 'resizeInstance'" }),
    fc.record({ drop: when }),
    fc.record({ body: fc.constantFrom('html' as const, 'empty', 'truncated', 'wrong-shape'), when }),
    fc.record({ delayMs: fc.integer({ min: 50, max: untilPerformedMs }), when: fc.constant('before' as const) }),
    fc.record({ delayMs: fc.integer({ min: 50, max: stallMs }), when: fc.constant('after' as const) }),
    fc.record({ throttle: fc.constant(true as const) }),
  );
}

/** The settle time of the walks' workers: longer than that nothing is shown that is not so any more. */
const SETTLE_MS = 1_000;

const staleRead: fc.Arbitrary<FaultKind> = fc.record({
  stale: fc.constantFrom(1 as const, 2 as const),
  withinMs: fc.constant(SETTLE_MS),
});

function arbitraryKind(operation: string, stallMs: number): fc.Arbitrary<FaultKind> {
  const trouble = arbitraryTrouble(operation, stallMs);
  const outcomes = outcomesOf(operation);
  // What becomes of an accepted call is where the way back begins.
  if (outcomes.length > 0)
    return fc.oneof(
      { weight: 2, arbitrary: lostAnswer },
      { weight: 4, arbitrary: fc.record({ outcome: fc.constantFrom(...outcomes) }) },
      { weight: 3, arbitrary: trouble },
      { weight: 1, arbitrary: refusal },
    );
  return fc.oneof(
    { weight: 10, arbitrary: trouble },
    { weight: 4, arbitrary: staleRead },
    { weight: 1, arbitrary: refusal },
  );
}

function arbitraryFault(operations: readonly string[], { stallMs }: WalkSize): fc.Arbitrary<Deed> {
  const times = fc.constantFrom(1, 1, 1, 1, 3, 3, 'always' as const);
  const skip = fc.constantFrom(0, 0, 0, 1);
  const ruleFor = (operation: string): fc.Arbitrary<FaultRule> =>
    fc.record({ operation: fc.constant(operation), kind: arbitraryKind(operation, stallMs), times, skip });
  const shared = OF_ALL.some((operation) => operations.includes(operation));
  return fc
    .constantFrom(...operations)
    .chain(ruleFor)
    .map((rule) => ({ do: 'fault' as const, rule: mildly(rule), shared }));
}

/** A read is shared by all VMs of a walk: one that fails for good would end them all. */
function mildly(rule: FaultRule): FaultRule {
  return rule.operation.startsWith('describe') && rule.times === 'always' ? { ...rule, times: MOST_READS } : rule;
}

/** Polls of a tenth of a second, within a settle time of one. */
const MOST_READS = 5;

const sicken = fc.constant({ do: 'sicken' as const });

/** What is there when the rebuild begins. */
function arbitraryBeginning(size: WalkSize): fc.Arbitrary<Deed> {
  return fc.oneof(
    { weight: 8, arbitrary: arbitraryFault(CHANGES, size) },
    { weight: 1, arbitrary: arbitraryFault(READS, size) },
    { weight: 1, arbitrary: sicken },
  );
}

/** Resets and pauses by Temporal's own tools. */
const arbitraryAdministration: fc.Arbitrary<Administration> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ act: fc.constant('reset' as const), to: fc.constantFrom('first', 'last') }) },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant('pause-activity' as const), forMs: fc.integer({ min: 200, max: 6_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('reset-activity' as const), heartbeats: fc.boolean() }) },
);

/** What happens while it is under way. */
function arbitraryTurn(size: WalkSize): fc.Arbitrary<Deed> {
  return fc.oneof(
    { weight: 4, arbitrary: arbitraryFault(CHANGES, size) },
    { weight: 4, arbitrary: arbitraryFault(READS, size) },
    { weight: 1, arbitrary: arbitraryFault(OF_ALL, size) },
    { weight: 8, arbitrary: fc.record({ do: fc.constant('meddle' as const), how: fc.constantFrom(...MEDDLINGS) }) },
    { weight: 1, arbitrary: fc.constant({ do: 'cancel' as const }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('administer' as const), how: arbitraryAdministration }) },
    // One that was sick before is not rolled back: most fall sick on the way.
    { weight: 6, arbitrary: sicken },
    { weight: 1, arbitrary: fc.constant({ do: 'heal' as const }) },
  );
}

/** Changes of status in a rebuild of a running VM. A rollback brings more; few get so far. */
const MOST_CHANGES = 6;

function arbitraryEvent(
  size: WalkSize,
  deed: fc.Arbitrary<Deed>,
  afterChanges: fc.Arbitrary<number>,
): fc.Arbitrary<Event> {
  const member = fc.nat({ max: size.members - 1 });
  return fc.record({ member, afterChanges, delayMs: fc.nat({ max: 300 }), deed });
}

const arbitraryMember: fc.Arbitrary<Member> = fc.record({
  status: fc.constantFrom('running', 'running', 'running', 'stopped'),
  image: fc.constantFrom('another', 'same'),
  power: fc.constantFrom('as-was', 'as-was', 'as-was', 'running', 'stopped'),
  onFailure: fc.constantFrom('leave', 'hold', 'hold', 'rollback', 'rollback'),
  backup: fc.constantFrom('none', 'image'),
  keepsBackups: fc.boolean(),
  hasHealthCheck: fc.boolean(),
  isFull: fc.constantFrom(false, false, false, true),
  atDeadline: fc.constantFrom('give-up', 'rollback', 'accept'),
  decisions: fc.array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...DECISIONS) }, fc.constant(null)), {
    maxLength: 3,
  }),
  startsAfterMs: fc.nat({ max: 1_000 }),
});

/** Walks of this size. */
export function arbitraryWalk(size: WalkSize): fc.Arbitrary<Walk> {
  const many = size.members * size.eventsEach;
  const moment = fc.integer({ min: 1, max: MOST_CHANGES });
  const event = fc.oneof(
    arbitraryEvent(size, arbitraryBeginning(size), fc.constant(0)),
    arbitraryEvent(size, arbitraryTurn(size), moment),
  );
  const events = fc.array(event, { minLength: Math.floor(many / 2), maxLength: Math.ceil(many * 1.5), size: 'max' });
  const kill = arbitraryEvent(size, fc.constantFrom({ do: 'kill' as const }, { do: 'change-key' as const }), moment);
  const kills = fc.array(kill, { maxLength: size.kills, size: 'max' });
  const members = fc.array(arbitraryMember, { minLength: size.members, maxLength: size.members });
  const replicaLagMs = fc.constantFrom(0, 0, SETTLE_MS / 2, SETTLE_MS);
  const walk = fc.tuple(members, events, kills, replicaLagMs).map(([drawn, some, deaths, lagMs]) => ({
    members: drawn,
    events: [...some, ...deaths],
    replicaLagMs: lagMs,
  }));
  // fast-check begins with small and extreme values; a series is too short for that.
  return fc.noBias(walk);
}
