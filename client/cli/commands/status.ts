import type { Command } from 'commander';
import type { CliDeps } from '../io/deps.js';
import { OK } from '../io/exit-codes.js';
import { outputOption, type Parsing } from '../options/command-table.js';
import { cliCommand } from '../options/parse-options.js';
import { vmOf, VmOptions } from '../options/vm.js';
import { renderOperation } from '../render/operation.js';
import { reportFreeze } from './freeze.js';
import { followAndReport } from './live-display.js';

/** Defines `reimage status`. */
export function defineStatus(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<instance>', 'VM id, for example i-8cjmd27n1s')
    .option('--region <region>', 'JD Cloud region (default: JDCLOUD_REGION)')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Exit code 0 whatever is shown; 6 when no rebuild of the VM is known.

Example:
  $ reimage status i-8cjmd27n1s --region cn-north-1 --output json`,
    )
    .action((instance: string, options: object) =>
      dispatch(cliCommand('status', VmOptions, runStatus), { instance, ...options }),
    );
}

/** Defines `reimage watch`. */
export function defineWatch(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<instance>', 'VM id, for example i-8cjmd27n1s')
    .option('--region <region>', 'JD Cloud region (default: JDCLOUD_REGION)')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Exit codes as for rebuild. Ctrl-C ends the watching, not the rebuild, with exit code 130.

Example:
  $ reimage watch i-8cjmd27n1s --region cn-north-1`,
    )
    .action((instance: string, options: object) =>
      dispatch(cliCommand('watch', VmOptions, runWatch), { instance, ...options }),
    );
}

/** Shows one screen about the latest rebuild of a VM. @throws ReimageError */
export async function runStatus(options: VmOptions, deps: CliDeps): Promise<number> {
  const { io, connect } = deps;
  const vm = vmOf(options, deps);
  await using client = await connect();
  const operation = await client.get(vm);
  await reportFreeze(client, io);
  if (options.output === 'json') io.out(JSON.stringify(operation));
  else for (const line of renderOperation(operation, io.now())) io.out(line);
  return OK;
}

/** Follows the latest rebuild of a VM, or shows how it ended. @throws ReimageError */
export async function runWatch(options: VmOptions, deps: CliDeps): Promise<number> {
  const vm = vmOf(options, deps);
  await using client = await deps.connect();
  const operation = await client.get(vm);
  if (operation.webUrl !== undefined) deps.io.err(`Temporal UI: ${operation.webUrl}`);
  return await followAndReport(client, operation, options.output, deps);
}
