import * as z from 'zod';
import { FAILURES } from '../../contracts/failures.js';
import type { CliDeps } from './cli-deps.js';
import { OK } from './exit-codes.js';
import { OUTPUTS } from './output-option.js';
import { renderRotation } from './render-rotation.js';

/** What stands on the command line of `codec rotate`. */
export const RotateOptions = z.strictObject({ yes: z.boolean().optional(), output: z.enum(OUTPUTS) });
export type RotateOptions = z.output<typeof RotateOptions>;

/** Tells what the namespace holds by the keys of its payloads; with `yes` rewrites first what outlives retention. @throws ReimageError */
export async function runCodecRotate({ yes = false, output }: RotateOptions, deps: CliDeps): Promise<number> {
  const { io, connect } = deps;
  await using client = await connect();
  io.err('reading every schedule and the history of every run; this may take minutes');
  const rotation = yes ? await client.rotateKeys() : await client.planKeyRotation();
  if (output === 'json') io.out(JSON.stringify(rotation));
  else for (const line of renderRotation(rotation)) io.out(line);
  return rotation.notRewritten.length === 0 ? OK : FAILURES.Unreadable.exitCode;
}
