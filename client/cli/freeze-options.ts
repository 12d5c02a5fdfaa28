import * as z from 'zod';
import { FreezeRequest } from '../../contracts/fleet/freeze.js';
import { parseInput } from '../parse-input.js';
import type { Env } from './cli-deps.js';
import { OUTPUTS } from './output-option.js';
import { whoAsksFor } from './who-asks.js';

/** What stands on the command line of `freeze` and `unfreeze`. */
export const FreezeOptions = z.strictObject({
  reason: FreezeRequest.shape.reason,
  by: FreezeRequest.shape.by.optional(),
  output: z.enum(OUTPUTS),
});
export type FreezeOptions = z.output<typeof FreezeOptions>;

/** Who asks, and why. @throws ReimageInvalidInputError when nothing tells who */
export function freezeRequestOf({ reason, by }: FreezeOptions, env: Env): FreezeRequest {
  return parseInput(FreezeRequest, { reason, by: whoAsksFor(by, env, '--by') });
}
