import * as z from 'zod';
import { InstanceId } from '../../../contracts/ids.js';
import { oneLine as OneLine } from '../../../contracts/one-line.js';
import { OUTPUTS } from '../output-option.js';

/** A rehearsal more compressed than this measures how fast this machine is, and not the fleet. */
const MOST_COMPRESS = 100;

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.int().min(min).max(max));

/** Values of an option that may be repeated, or hold several with commas between them. */
const listOf = (each: z.ZodType<string, string>) =>
  z
    .array(z.string())
    .transform((values) => values.flatMap((value) => value.split(',').map((word) => word.trim())))
    .pipe(z.array(each))
    .optional();

/** What stands on the command line of `fleet rehearse`. */
export const RehearseOptions = z.strictObject({
  file: z.string().min(1),
  fail: whole(1, 10_000).optional(),
  failAz: listOf(OneLine(64)),
  failVm: listOf(InstanceId),
  seed: whole(0, 2 ** 31 - 1),
  compress: whole(1, MOST_COMPRESS),
  output: z.enum(OUTPUTS),
});
export type RehearseOptions = z.output<typeof RehearseOptions>;
