import * as z from 'zod';
import { InstanceId } from '../ids.js';
import { oneLine } from '../text.js';
import { jsonBytes, MOST_PAYLOAD_BYTES } from '../utf8-text.js';
import { Maintenance } from './maintenance.js';

/**
 * Bytes that a fleet adds to its input for each VM while it runs, all of which it hands on when it continues as new:
 * state, flags, attempts, two moments, failure, the image that was found and the operation that a busy one carried. Those
 * of a backup come on top.
 */
const BYTES_A_VM = 56;
const BYTES_A_BACKUP = 23;

/** The same, whatever the number of VMs: the last acts and their ids, limits, how it is to end. */
const BYTES_OF_ACTS = 200_000;

/** Of that what a fleet of which nobody has done much hands on. */
const BYTES_AT_LEAST = 4_000;

/** What is looked at of the input of a fleet. */
interface Sized {
  readonly template: { readonly backup?: string | undefined };
  readonly members: { readonly instanceIds: readonly string[] };
}

/**
 * Why a fleet is too large to be run: its input must fit into one payload, and do so still when it continues as new with
 * what is known of each VM, which is never left out. Null where it fits.
 */
export function whyTooLarge(input: Sized): string | null {
  const { template, members } = input;
  const size = members.instanceIds.length;
  const needed = bytesOnTheWay(input) + BYTES_OF_ACTS;
  if (needed <= MOST_PAYLOAD_BYTES) return null;
  const needs = `the fleet of ${size} VMs needs ${needed} bytes, and ${MOST_PAYLOAD_BYTES} are there`;
  const rebuild = `${jsonBytes(template)} of them are \`rebuild\` (metadata, userdata, healthChecks)`;
  return `is too large: ${needs}; ${rebuild}. Make that smaller, or make several fleets of it.`;
}

/** Bytes of one payload that the server has to take for the fleet to come to its end: its input, once all of its VMs are done. */
export function leastPayloadOf(input: Sized): number {
  return bytesOnTheWay(input) + BYTES_AT_LEAST;
}

function bytesOnTheWay(input: Sized): number {
  const { template, members } = input;
  const ofVm = BYTES_A_VM + (template.backup === 'image' ? BYTES_A_BACKUP : 0);
  return jsonBytes(input) + members.instanceIds.length * ofVm;
}

/** Most VMs in one fleet. */
export const MAX_FLEET = 10_000;

/** A number of VMs: a whole number, or a percentage of the fleet such as `10%`. {@link wholeNumber} tells what it comes to. */
export const Amount = z
  .union([
    z.int().min(0).max(MAX_FLEET),
    z.string().regex(/^(?:100|[1-9]?\d)%$/, 'must be a whole number, or a percentage such as 10%'),
  ])
  .meta({ description: 'A whole number of VMs, or a percentage of the fleet such as 10%' });
export type Amount = z.output<typeof Amount>;

/**
 * What an amount comes to. Sizes are rounded up, so that no wave is empty; limits are rounded down, so that none is
 * looser than it says.
 * @param of - VMs in the fleet
 */
export function wholeNumber(amount: Amount, of: number, rounding: 'up' | 'down'): number {
  if (typeof amount === 'number') return amount;
  const exact = (Number.parseInt(amount, 10) * of) / 100;
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

const DAY_SECONDS = 86_400;

const Order = z
  .discriminatedUnion('by', [
    z.strictObject({ by: z.literal('az') }).meta({ description: 'Round-robin over the availability zones' }),
    z.strictObject({ by: z.literal('id') }),
    z
      .strictObject({ by: z.literal('tag'), key: oneLine(128), values: z.array(z.string().max(256)).min(1).max(100) })
      .meta({ description: 'VMs whose tag has the first value first; those without any of them last' }),
    z.strictObject({
      by: z.literal('random'),
      seed: z
        .int()
        .min(0)
        .max(2 ** 31 - 1),
    }),
  ])
  .meta({ description: 'In which order VMs are taken' });

const Approval = z.strictObject({
  afterCanary: z.enum(['new-image', 'always', 'never']).default('new-image').meta({
    description: 'new-image: where no VM of the selection has the image yet, and no rebuild onto it was done before',
  }),
  beforeWaves: z.boolean().default(false).meta({ description: 'Before every wave after the canary' }),
  deadlineSeconds: z
    .int()
    .min(5)
    .max(30 * DAY_SECONDS)
    .default(DAY_SECONDS)
    .meta({
      description: 'After which a gate that nobody has approved counts as rejected',
    }),
  preventSelfApproval: z.boolean().default(false).meta({ description: 'Who started the fleet may not approve' }),
});

const MaxUnavailable = z.strictObject({
  fleet: Amount.default('10%').meta({
    description: 'VMs that may be down at a time, those that are down for other reasons included; one at least',
  }),
  maxObservationAgeSeconds: z.int().min(1).max(3600).default(30).meta({
    description: 'How old the sight of VMs that are down for other reasons may be when another one is started',
  }),
  perAz: Amount.optional().meta({ description: 'In each availability zone; a percentage is of its VMs' }),
  perTag: z
    .strictObject({ key: oneLine(128), max: Amount })
    .optional()
    .meta({ description: 'Among the VMs that share a value of the tag; a percentage is of them' }),
});

const MaxFailures = z.strictObject({
  fleet: Amount.default(0).meta({ description: 'Failures tolerated in total; one more exhausts the budget' }),
  wave: Amount.optional().meta({ description: 'Failures tolerated in one wave; a percentage is of its VMs' }),
  strict: z.boolean().default(false).meta({
    description: 'Start no more VMs at once than would exhaust the budget, were they all to fail',
  }),
});

/** What is done when more VMs have failed than the budget bears. */
export const ON_BUDGET_EXHAUSTED = ['pause', 'stop', 'rollback'] as const;

/** How a fleet moves: how many at once, in which order, what stops it. docs/fleet-policy.md works each field through. */
export const RolloutPolicy = z
  .strictObject({
    canary: z
      .union([Amount, z.strictObject({ instanceIds: z.array(InstanceId).min(1).max(100) })])
      .default(1)
      .meta({ description: 'The first wave: a size, or these very VMs; 0 for none' }),
    waves: z
      .array(Amount)
      .min(1)
      .max(100)
      .default(['100%'])
      .meta({ description: 'Sizes of the waves after the canary; the last one repeats until no VM is left' }),
    order: Order.prefault({ by: 'az' }),
    maxUnavailable: MaxUnavailable.prefault({}),
    bakeSeconds: z
      .int()
      .min(0)
      .max(7 * DAY_SECONDS)
      .default(300)
      .meta({
        description: 'How long each wave is watched after its last rebuild; health checks are repeated at the end',
      }),
    maxFailures: MaxFailures.prefault({}),
    onBudgetExhausted: z.enum(ON_BUDGET_EXHAUSTED).default('pause'),
    maxHeld: Amount.default(1).meta({ description: 'VMs that may be held at a time; with more, none is started' }),
    approval: Approval.prefault({}),
    maintenance: Maintenance.optional(),
  })
  .refine(({ waves }) => waves.every((wave) => wave !== 0 && wave !== '0%'), {
    path: ['waves'],
    message: 'has a wave of no VM',
  })
  .meta({ id: 'RolloutPolicy' });
export type RolloutPolicy = z.output<typeof RolloutPolicy>;
