import * as z from 'zod';
import { type RolloutPolicy, wholeNumber } from './rollout-policy.js';

/** A rollout policy's percentages as the whole numbers that they come to. */
export const FleetLimits = z.object({
  /** VMs that may be unavailable at a time, those that are down for other reasons included. */
  unavailable: z.object({
    fleet: z.int(),
    /** By availability zone; absent: no limit of their own. */
    perAz: z.record(z.string(), z.int()).optional(),
    /** By value of the policy's tag; absent: no limit of their own. */
    perGroup: z.record(z.string(), z.int()).optional(),
  }),
  /** Failures tolerated: one more exhausts the budget. */
  failures: z.object({
    fleet: z.int(),
    /** In the order of the waves; absent: only the fleet's own number counts. */
    perWave: z.array(z.int()).optional(),
    strict: z.boolean(),
  }),
  /** VMs that may be held at a time: with more, none is started. */
  held: z.int(),
});
export type FleetLimits = z.output<typeof FleetLimits>;

/** What the whole numbers are computed from. */
export interface FleetSizes {
  readonly fleet: number;
  readonly waves: readonly number[];
  readonly perAz: Readonly<Record<string, number>>;
  /** By value of the tag that the policy names; VMs without the tag are in no group. */
  readonly perGroup: Readonly<Record<string, number>>;
}

/**
 * Resolves every percentage of a policy. Limits are rounded down; those of unavailable VMs come to one at least, since
 * with none no VM could ever be rebuilt.
 */
export function limitsOf(policy: RolloutPolicy, sizes: FleetSizes): FleetLimits {
  const { maxUnavailable, maxFailures, maxHeld } = policy;
  const { perAz, perTag } = maxUnavailable;
  const unavailable = (amount: typeof maxUnavailable.fleet) => (of: number) =>
    Math.max(1, wholeNumber(amount, of, 'down'));
  const wave = maxFailures.wave;
  return {
    unavailable: {
      fleet: unavailable(maxUnavailable.fleet)(sizes.fleet),
      ...(perAz !== undefined && { perAz: mapValues(sizes.perAz, unavailable(perAz)) }),
      ...(perTag !== undefined && { perGroup: mapValues(sizes.perGroup, unavailable(perTag.max)) }),
    },
    failures: {
      fleet: wholeNumber(maxFailures.fleet, sizes.fleet, 'down'),
      ...(wave !== undefined && { perWave: sizes.waves.map((size) => wholeNumber(wave, size, 'down')) }),
      strict: maxFailures.strict,
    },
    held: wholeNumber(maxHeld, sizes.fleet, 'down'),
  };
}

function mapValues(counts: Readonly<Record<string, number>>, map: (count: number) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, map(count)]));
}
