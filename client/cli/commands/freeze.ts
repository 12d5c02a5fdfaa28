import type { Command } from 'commander';
import * as z from 'zod';
import { type Freeze, FreezeRequest, freezeText } from '../../../contracts/freeze.js';
import { parseInput } from '../../connection/parse-input.js';
import type { CliClient, CliDeps, Env, Io } from '../io/deps.js';
import { OK } from '../io/exit-codes.js';
import { oneLine } from '../io/text.js';
import { outputOption, OUTPUTS, type Parsing } from '../options/command-table.js';
import { cliCommand, neededOption } from '../options/parse-options.js';
import { whoAsksFor } from '../options/vm.js';

const FREEZE = `
Needs no worker, and holds without one. A namespace has one freeze: where somebody else has
frozen it, the command says who, and exits with 0. A rebuild that is refused for it fails as
\`Frozen\` (exit code 5) with nothing touched; fleets wait for its end.

Example:
  $ reimage freeze --reason "storage incident"`;

const UNFREEZE = `
Needs a worker. Exits with 0 also when the namespace is not frozen.

Example:
  $ reimage unfreeze --reason "storage is well again"`;

/** Defines `reimage freeze`. */
export function defineFreeze(command: Command, { dispatch }: Parsing): void {
  addOptions(command, FREEZE).action((options: object) =>
    dispatch(cliCommand('freeze', FreezeOptions, runFreeze), { ...options }),
  );
}

/** Defines `reimage unfreeze`. */
export function defineUnfreeze(command: Command, { dispatch }: Parsing): void {
  addOptions(command, UNFREEZE).action((options: object) =>
    dispatch(cliCommand('unfreeze', FreezeOptions, runUnfreeze), { ...options }),
  );
}

function addOptions(command: Command, more: string): Command {
  return command
    .addOption(neededOption('--reason <text>', 'why; goes on the record'))
    .option('--by <name>', 'who asks; goes on the record (default: USER)')
    .addOption(outputOption())
    .addHelpText('after', more);
}

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

const NEW = 'No rebuild begins until `reimage unfreeze`; those under way finish: see `reimage list --running`.';
const NOT_NEW = 'It was frozen before: your reason is not on the record, and who ends that freeze ends it for you too.';

/** Freezes the namespace, or says who has. @throws ReimageError */
export async function runFreeze(options: FreezeOptions, { io, env, connect }: CliDeps): Promise<number> {
  const request = freezeRequestOf(options, env);
  await using client = await connect();
  const { freeze, isNew } = await client.freeze(request);
  if (options.output === 'json') io.out(JSON.stringify({ outcome: 'frozen', isNew, freeze }));
  else io.out(renderFreeze(freeze));
  io.err(isNew ? NEW : NOT_NEW);
  return OK;
}

/** A freeze in one line: since when, by whom, why. */
export function renderFreeze(freeze: Freeze): string {
  return oneLine(freezeText(freeze));
}

/** Says on stderr that the namespace is frozen, where it is. @returns the freeze, or null */
export async function reportFreeze(client: CliClient, io: Pick<Io, 'err'>): Promise<Freeze | null> {
  const freeze = await client.frozen();
  if (freeze !== null) io.err(`! the namespace is ${renderFreeze(freeze)}; no rebuild begins in it`);
  return freeze;
}

/** Ends the freeze of the namespace, and says whose it was. @throws ReimageError */
export async function runUnfreeze(options: FreezeOptions, { io, env, connect }: CliDeps): Promise<number> {
  const request = freezeRequestOf(options, env);
  await using client = await connect();
  const unfrozen = await client.unfreeze(request);
  const isJson = options.output === 'json';
  if (unfrozen === null) {
    io.out(isJson ? JSON.stringify({ outcome: 'not-frozen' }) : 'not frozen');
    return OK;
  }
  const { freeze, end } = unfrozen;
  io.err(`it was ${renderFreeze(freeze)}`);
  if (isJson) io.out(JSON.stringify({ outcome: 'unfrozen', freeze, end }));
  else io.out(oneLine(`unfrozen at ${end.at} by ${end.by}: ${end.reason}`));
  return OK;
}
