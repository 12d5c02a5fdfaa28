import * as z from 'zod';
import { Assumptions } from './assumptions.js';
import { Timing } from './timing.js';

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
