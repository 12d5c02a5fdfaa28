import * as z from 'zod';
import { RegionId } from '../../contracts/ids.js';
import { Phase } from '../../contracts/phases.js';
import { unreadableText } from '../../contracts/unreadable.js';
import type { CliDeps } from './cli-deps.js';
import { oneLine } from './display-text.js';
import { OK } from './exit-codes.js';
import { OUTPUTS } from './output-option.js';
import { tellFreeze } from './render-freeze.js';
import { stuckLines } from './render-stuck.js';
import { renderHeldHints, renderList } from './render-operation.js';

/** What stands on the command line of `list`. */
export const ListOptions = z.strictObject({
  region: RegionId.optional(),
  phase: Phase.optional(),
  running: z.boolean().optional(),
  ended: z.boolean().optional(),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'must be a number from 1 to 1000')
    .transform(Number),
  output: z.enum(OUTPUTS),
});
export type ListOptions = z.output<typeof ListOptions>;

/** Prints a table of rebuilds, or `{operations, freeze}`. @throws ReimageError */
export async function runList(options: ListOptions, { connect, io }: CliDeps): Promise<number> {
  const { region, phase, running, ended, limit, output } = options;
  await using client = await connect();
  const operations = await client.list({
    limit,
    ...(region !== undefined && { regionId: region }),
    ...(phase !== undefined && { phase }),
    ...((running === true || ended === true) && { running: running === true }),
  });
  const freeze = await tellFreeze(client, io);
  if (output === 'json') {
    io.out(JSON.stringify({ operations, freeze }));
    return OK;
  }
  for (const line of renderList(operations, io.now(), io.size().width)) io.out(line);
  for (const line of renderHeldHints(operations)) io.err(line);
  for (const { instanceId, unreadable } of operations)
    if (unreadable !== undefined) io.err(`! ${instanceId}: ${oneLine(unreadableText(unreadable))}`);
  for (const { instanceId, taskFailure } of operations)
    for (const line of stuckLines(instanceId, taskFailure)) io.err(line);
  return OK;
}
