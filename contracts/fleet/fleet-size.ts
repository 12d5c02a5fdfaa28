import * as z from 'zod';
import { jsonBytes, MOST_PAYLOAD_BYTES } from '../payload-size.js';

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
