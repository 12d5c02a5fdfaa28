import { Option, type Command } from 'commander';
import type { Dispatch } from '../command-names.js';
import { outputOption } from '../output-option.js';

const MORE = `
What is erased is shown first; on a terminal it must be confirmed by typing the VM id.
Without --image the VM gets the image it has now. One way to log in afterwards is needed:
--key, --password-from or --image-inherit.

Secrets are references, read on the worker: env:NAME, file:PATH or exec:COMMAND.
Phases for --deadline: validating, stopping, rebuilding, starting, verifying.
The same --request-id never starts a second rebuild: it follows the first, or shows its result.

Examples:
  $ reimage rebuild i-8cjmd27n1s --region cn-north-1 --image img-m5s0000029 --key ops
  $ reimage rebuild i-8cjmd27n1s --region cn-north-1 --password-from env:NEW_PASSWORD --dry-run
  $ reimage rebuild i-8cjmd27n1s --image-inherit --deadline rebuilding=7200 --yes --output json`;

export function addRebuildCommand(parent: Command, dispatch: Dispatch): void {
  parent
    .command('rebuild')
    .description('Rebuild one VM: stop it, put a fresh system disk on it, start it, verify it')
    .argument('<instance>', 'VM id, for example i-8cjmd27n1s')
    .option('--region <region>', 'JD Cloud region (default: JDCLOUD_REGION)')
    .option('--image <id>', 'image to put on (default: the one the VM has)')
    .option('--key <name>', 'SSH key to log in with, Linux only')
    .option('--password-from <ref>', 'where the worker finds the new password: env:NAME, file:PATH, exec:COMMAND')
    .option('--image-inherit', 'keep the login that is set inside the image')
    .option('--hostname <name>', 'new host name')
    .option('--metadata <key=value>', 'metadata pair to set; may be repeated', collect)
    .option('--user-data <file>', 'launch script to run on first boot')
    .addOption(
      new Option('--power <state>', 'power state afterwards')
        .choices(['as-was', 'running', 'stopped'])
        .default('as-was'),
    )
    .option('--deadline <phase=seconds>', 'seconds a phase may take; may be repeated', collect)
    .option('--request-id <id>', 'your id of this request; makes the command safe to repeat')
    .option('--requested-by <name>', 'who asks, shown to whoever is refused (default: USER)')
    .option('--reason <text>', 'why, kept with the rebuild')
    .option('--override-protection <reason>', 'rebuild a VM that is tagged reimage-protected, and say why')
    .option('--dry-run', 'validate and show the steps; touch nothing')
    .option('--detach', 'return once it is started')
    .option('--yes', 'do not ask for confirmation')
    .addOption(outputOption())
    .addHelpText('after', MORE)
    .action((instance: string, options: object) => dispatch('rebuild', { instance, ...options }));
}

function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}
