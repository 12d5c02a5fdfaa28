import * as z from 'zod';

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
