import * as z from 'zod';

const ms = (fallback: number) => z.number().nonnegative().default(fallback);

/**
 * How long transitions take, in milliseconds. JD Cloud documents no figures: these are believable
 * ones, and all of them are assumptions.
 */
export const Timing = z.strictObject({
  stopping: ms(20_000),
  starting: ms(15_000),
  rebooting: ms(20_000),
  rebuilding: ms(60_000),
  creatingImage: ms(60_000),
  deleting: ms(2_000),
  /** How long an accepted rebuild is still reported as `stopped` before `rebuilding`. */
  acceptedVisibleAfter: ms(1_500),
});
export type Timing = z.output<typeof Timing>;

/** Timing as given, defaults filled in, each divided by `compress`. */
export function compressedTiming(given: Partial<Timing>, compress: number): Timing {
  const full = Timing.parse(given);
  return {
    stopping: full.stopping / compress,
    starting: full.starting / compress,
    rebooting: full.rebooting / compress,
    rebuilding: full.rebuilding / compress,
    creatingImage: full.creatingImage / compress,
    deleting: full.deleting / compress,
    acceptedVisibleAfter: full.acceptedVisibleAfter / compress,
  };
}
