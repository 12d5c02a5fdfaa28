import * as z from 'zod';
import { oneLine } from './text.js';

/** What is done when a rebuilt VM does not come back as promised. */
export const ON_FAILURE = ['leave', 'hold', 'rollback'] as const;

/** What an operator may decide on a held rebuild. */
export const DECISIONS = ['retry', 'rollback', 'accept', 'give-up'] as const;

/** How long a held rebuild waits for a decision, and what happens then. */
export const Hold = z
  .strictObject({
    deadlineSeconds: z
      .int()
      .min(5)
      .max(30 * 86_400)
      .default(86_400),
    atDeadline: z.enum(['give-up', 'rollback', 'accept']).default('give-up'),
  })
  .meta({ description: 'How long a held rebuild waits for a decision, and what happens then' });
export type Hold = z.output<typeof Hold>;

/** A decision on a held rebuild: what, why and who. */
export const Decision = z.strictObject({
  decision: z.enum(DECISIONS).meta({
    description:
      'retry: look again, drive the VM on and check it again, without another erase; rollback: put it back; accept: take it as it is; give-up: end as failed',
  }),
  reason: oneLine(512),
  by: oneLine(128),
  heldSince: z.iso
    .datetime()
    .optional()
    .meta({ description: 'The hold that is meant, by its `since`: another one is not decided' }),
});
export type Decision = z.output<typeof Decision>;

/** A decision that was taken. `by` null: nobody decided before the deadline. */
export const DecisionTaken = z.object({
  decision: z.enum(DECISIONS),
  reason: z.string(),
  by: z.string().nullable(),
  at: z.iso.datetime(),
});
export type DecisionTaken = z.output<typeof DecisionTaken>;

/** What a held rebuild waits for. */
export const Held = z.object({
  since: z.iso.datetime(),
  deadlineAt: z.iso.datetime(),
  atDeadline: z.string(),
  /** Why it is held. */
  failure: z.object({ type: z.string(), message: z.string() }),
  /** What may be decided. */
  choices: z.array(z.enum(DECISIONS)),
});
export type Held = z.output<typeof Held>;

/** What a VM is put back from. */
export const ROLLBACK_SOURCES = ['backup', 'former-image'] as const;

/** An attempt to put the VM back. */
export const Rollback = z.object({
  imageId: z.string(),
  source: z.enum(ROLLBACK_SOURCES),
  /** Whether what was on the system disk is gone: so it is with a former image. */
  dataLost: z.boolean(),
  startedAt: z.iso.datetime(),
  outcome: z.enum(['in-progress', 'done', 'failed']),
});
export type Rollback = z.output<typeof Rollback>;
