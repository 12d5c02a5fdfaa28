import { type Command, Option } from 'commander';
import * as z from 'zod';
import { RegionId } from '../../../contracts/ids.js';
import { Phase, PHASES } from '../../../contracts/rebuild-progress.js';
import { unreadableText } from '../../../contracts/task-failure.js';
import type { CliDeps } from '../io/deps.js';
import { OK } from '../io/exit-codes.js';
import { oneLine } from '../io/text.js';
import { outputOption, OUTPUTS, type Parsing } from '../options/command-table.js';
import { cliCommand } from '../options/parse-options.js';
import { renderHeldHints, renderList, stuckLines } from '../render/operation.js';
import { reportFreeze } from './freeze.js';

const HALF = Math.ceil(PHASES.length / 2);

const MORE = `
Phases: ${PHASES.slice(0, HALF).join(', ')},
        ${PHASES.slice(HALF).join(', ')}.

Examples:
  $ reimage list --running
  $ reimage list --phase held
  $ reimage list --region cn-north-1 --phase failed --limit 20 --output json`;

/** Defines `reimage list`. */
export function defineList(command: Command, { dispatch }: Parsing): void {
  command
    .option('--region <region>', 'only this JD Cloud region')
    .option('--phase <phase>', 'only those in this phase')
    .addOption(new Option('--running', 'only those under way').conflicts('ended'))
    .option('--ended', 'only those that have ended')
    .option('--limit <number>', 'at most so many', '50')
    .addOption(outputOption())
    .addHelpText('after', MORE)
    .action((options: object) => dispatch(cliCommand('list', ListOptions, runList), { ...options }));
}

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
  const freeze = await reportFreeze(client, io);
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
