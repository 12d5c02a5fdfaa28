import * as z from 'zod';
import { InstanceId } from '../ids.js';
import { oneLine } from '../text.js';
import { Amount } from './fleet-size.js';
import { Maintenance } from './maintenance.js';

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
