import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Assumptions, Timing } from './assumptions.js';
import { parseWritten } from './issues.js';

/** The operations of JD Cloud's VM API v1 that the simulator serves. */
export const OPERATIONS = [
  'describeInstance',
  'describeInstances',
  'describeBriefInstances',
  'describeInstanceStatus',
  'describeInstancesCustomData',
  'startInstance',
  'stopInstance',
  'rebootInstance',
  'rebuildInstance',
  'deleteInstance',
  'describeImage',
  'describeImages',
  'describeImageConstraints',
  'describeImageConstraintsBatch',
  'createImage',
  'deleteImage',
  'describeKeypairs',
  'describeQuotas',
] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** Whether a text names an operation that the simulator serves. */
export function isOperation(name: string): name is OperationName {
  return OPERATIONS.some((operation) => operation === name);
}

/** Whether the call is performed before the fault strikes: `after` answers a call that has taken effect. */
const When = z.enum(['before', 'after']);
const HttpStatus = z.int().min(200).max(599);
const ErrorStatus = z.int().min(400).max(599);

/** Answers with an error of JD Cloud's envelope. */
const StatusFault = z.strictObject({
  status: ErrorStatus,
  code: z.string().optional(),
  message: z.string().optional(),
  retryAfterSeconds: z.int().nonnegative().optional(),
  when: When.default('before'),
});

/** Destroys the connection without an answer. */
const DropFault = z.strictObject({ drop: When });

/** Answers with a body that is not JD Cloud's. */
const BodyFault = z.strictObject({
  body: z.enum(['html', 'empty', 'truncated', 'wrong-shape']),
  status: HttpStatus.optional(),
  when: When.default('before'),
});

/** Holds the call back, before or after it is performed; it then goes on as if nothing had been. */
const DelayFault = z.strictObject({ delayMs: z.number().nonnegative(), when: When.default('before') });

/** Answers 429 as for too many calls; Retry-After only when given. */
const ThrottleFault = z.strictObject({
  throttle: z.literal(true),
  retryAfterSeconds: z.int().nonnegative().optional(),
});

/** Answers 429 QUOTA_EXCEEDED. */
const QuotaFault = z.strictObject({ quota: z.literal(true) });

/**
 * A read comes from a replica that is behind: it shows each VM and image as it was before its last change, or with 2
 * before the last two, unless that is over for longer than `withinMs`.
 */
const StaleFault = z.strictObject({
  stale: z.union([z.literal(true), z.literal(1), z.literal(2)]),
  withinMs: z.number().nonnegative().optional(),
});
export type StaleFault = z.output<typeof StaleFault>;

/** What becomes of a VM (or, for createImage, of the image) after an accepted call. */
const OUTCOMES = ['error', 'stuck', 'reverts', 'stays-old', 'disappears', 'comes-back-running', 'fails'] as const;

type Outcomes = readonly (typeof OUTCOMES)[number][];

/** Which outcomes an operation knows. A rule for `*` strikes only where the outcome is known. */
const OUTCOMES_OF: Readonly<Record<string, Outcomes>> = {
  stopInstance: ['error', 'stuck', 'reverts', 'disappears'],
  startInstance: ['error', 'stuck', 'reverts', 'disappears'],
  rebootInstance: ['error', 'stuck', 'disappears'],
  rebuildInstance: ['error', 'stuck', 'stays-old', 'disappears', 'comes-back-running', 'fails'],
  deleteInstance: ['error', 'stuck', 'reverts'],
  createImage: ['error', 'stuck', 'disappears'],
};

/** The outcomes that a fault may give an accepted call of this operation. */
export function outcomesOf(operation: string): Outcomes {
  return OUTCOMES_OF[operation] ?? [];
}

/** The accepted call ends otherwise than well. */
const OutcomeFault = z.strictObject({ outcome: z.enum(OUTCOMES) });

/** What goes wrong: one of the kinds above, told apart by the key that only it has. */
export const FaultKind = z.union([
  StatusFault,
  DropFault,
  BodyFault,
  DelayFault,
  ThrottleFault,
  QuotaFault,
  StaleFault,
  OutcomeFault,
]);
export type FaultKind = z.output<typeof FaultKind>;
export type Outcome = (typeof OUTCOMES)[number];
export type AnswerFault = Exclude<FaultKind, { delayMs: number } | { outcome: Outcome } | StaleFault>;

/**
 * Makes calls go wrong. A rule looks at the calls of its operation (and VM), lets `skip` of them
 * pass and strikes the next `times`, or each with probability `rate`.
 * @see docs/simulator.md#faults
 */
export const FaultRule = z
  .strictObject({
    /** JD Cloud's operation, for example `rebuildInstance`, or `*`. */
    operation: z.string().refine((name) => name === '*' || isOperation(name), {
      error: `must be * or one of ${OPERATIONS.join(', ')}`,
    }),
    instanceId: z.string().min(1).optional(),
    skip: z.int().nonnegative().default(0),
    /** Default 1; with `rate` default `always`. */
    times: z.union([z.int().positive(), z.literal('always')]).optional(),
    rate: z.number().min(0).max(1).optional(),
    /** Seed of the draw for `rate`: the same seed strikes the same calls. */
    seed: z.int().default(1),
    kind: FaultKind,
  })
  .refine(
    ({ operation, kind }) => !('outcome' in kind) || operation === '*' || outcomesOf(operation).includes(kind.outcome),
    {
      path: ['kind', 'outcome'],
      error: 'is no outcome of this operation',
    },
  );
/** A rule as written: fields with defaults may be absent. */
export type FaultRule = z.input<typeof FaultRule>;
export type ParsedFaultRule = z.output<typeof FaultRule>;

/** What a rehearsal goes through: faults, timing and assumptions. What is absent keeps its default. */
export const Scenario = z.strictObject({
  description: z.string().default(''),
  faults: z.array(FaultRule).default([]),
  timing: Timing.prefault({}),
  /** Divides all times. */
  compress: z.number().positive().default(1),
  assumptions: Assumptions.prefault({}),
});
/** A scenario as written: fields with defaults may be absent. */
export type Scenario = z.input<typeof Scenario>;

/** What a rule is matched with: the call's operation and the VMs that it names. */
export interface FaultTarget {
  readonly operation: string;
  readonly instanceIds: readonly string[];
}

/** A call may meet one fault of each slot: held back, shown stale, answered wrongly, ended wrongly. */
type Slot = 'delay' | 'stale' | 'outcome' | 'answer';

class ActiveRule {
  readonly rule: ParsedFaultRule;
  #toSkip: number;
  #left: number;
  #draw: () => number;

  constructor(rule: ParsedFaultRule) {
    this.rule = rule;
    this.#toSkip = rule.skip;
    const times = rule.times ?? (rule.rate === undefined ? 1 : 'always');
    this.#left = times === 'always' ? Infinity : times;
    this.#draw = seededDraw(rule.seed);
  }

  strikes(target: FaultTarget): boolean {
    const { rule } = this;
    if (!concerns(rule, target)) return false;
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return false;
    }
    if (this.#left <= 0) return false;
    if (rule.rate !== undefined && this.#draw() >= rule.rate) return false;
    this.#left--;
    return true;
  }
}

/** Whether a rule is about such calls at all: others it does not count. */
function concerns({ kind, ...rule }: ParsedFaultRule, { operation, instanceIds }: FaultTarget): boolean {
  if ('outcome' in kind && !outcomesOf(operation).includes(kind.outcome)) return false;
  if ('stale' in kind && !isRead(operation)) return false;
  if (rule.operation !== '*' && rule.operation !== operation) return false;
  return rule.instanceId === undefined || instanceIds.includes(rule.instanceId);
}

/** Whether an operation only reads. */
export function isRead(operation: string): boolean {
  return operation.startsWith('describe');
}

/**
 * The rules in force. Within a slot the first rule that strikes takes the call, and later rules do
 * not count it: three times 500 and then twice 503 is two rules one after the other.
 */
export class FaultBook {
  #rules: ActiveRule[] = [];

  /** @throws ZodError when the rule is malformed */
  add(rule: FaultRule): void {
    this.#rules.push(new ActiveRule(parseWritten(FaultRule, rule)));
  }

  clear(): void {
    this.#rules = [];
  }

  rules(): readonly ParsedFaultRule[] {
    return this.#rules.map(({ rule }) => rule);
  }

  /** The answer fault that strikes this call, counted as used. */
  answer(target: FaultTarget) {
    const kind = this.#take('answer', target);
    return kind === null || 'delayMs' in kind || 'outcome' in kind || 'stale' in kind ? null : kind;
  }

  delay(target: FaultTarget) {
    const kind = this.#take('delay', target);
    return kind !== null && 'delayMs' in kind ? kind : null;
  }

  stale(target: FaultTarget) {
    const kind = this.#take('stale', target);
    return kind !== null && 'stale' in kind ? kind : null;
  }

  /** To be asked when a mutating call is accepted: refused calls use no outcome up. */
  outcome(target: FaultTarget): Outcome | null {
    const kind = this.#take('outcome', target);
    return kind !== null && 'outcome' in kind ? kind.outcome : null;
  }

  #take(slot: Slot, target: FaultTarget): FaultKind | null {
    const struck = this.#rules.find((active) => slotOf(active.rule.kind) === slot && active.strikes(target));
    return struck?.rule.kind ?? null;
  }
}

/** A fault in words, for the journal. */
export function describeFault(kind: FaultKind): string {
  if ('delayMs' in kind) return `delay ${kind.delayMs} ms ${kind.when}`;
  if ('drop' in kind) return `drop ${kind.drop}`;
  if ('body' in kind) return `${kind.body} body ${kind.when}`;
  if ('throttle' in kind) return 'throttle';
  if ('quota' in kind) return 'quota';
  if ('stale' in kind) return kind.stale === 2 ? 'stale read by two' : 'stale read';
  if ('outcome' in kind) return `outcome ${kind.outcome}`;
  return `status ${kind.status} ${kind.when}`;
}

function slotOf(kind: FaultKind): Slot {
  if ('delayMs' in kind) return 'delay';
  if ('stale' in kind) return 'stale';
  return 'outcome' in kind ? 'outcome' : 'answer';
}

/** Numbers from 0 to 1. The n-th is a hash of seed and n: the same on every machine, and near seeds do not resemble each other. */
export function seededDraw(seed: number): () => number {
  let drawn = 0;
  return () => createHash('sha256').update(`${seed}:${drawn++}`).digest().readUInt32BE() / 2 ** 32;
}
