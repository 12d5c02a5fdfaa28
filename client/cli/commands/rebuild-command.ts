import { Option, type Command } from 'commander';
import { Deadlines, POWER } from '../../../contracts/rebuild-request.js';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { RebuildOptions } from '../rebuild-options.js';
import { runRebuild } from '../run-rebuild.js';
import { outputOption } from '../output-option.js';
import { collect } from './collect.js';
import { addHealthOptions } from './health-options.js';
import { addLoginOptions } from './login-options.js';
import { addWayBackOptions } from './way-back-options.js';

const PHASES = Object.keys(Deadlines.shape).map((name) => name.replace(/Seconds$/, ''));

const MORE = `
What is erased is shown first; on a terminal it must be confirmed by typing the VM id.
Without --image the VM gets the image it has now. One way to log in afterwards is needed:
--key, --password-from or --image-inherit.

With --on-failure hold the VM stays locked until \`reimage decide\` says what is done, or the deadline does.
{privateIp}, {elasticIp} and {instanceId} in a check stand for those of the VM.
Phases for --deadline: ${PHASES.join(', ')}.
The same --request-id never starts a second rebuild: it follows the first, or shows its result.

Examples:
  $ reimage rebuild i-8cjmd27n1s --region cn-north-1 --image img-m5s0000029 --key ops
  $ reimage rebuild i-8cjmd27n1s --region cn-north-1 --password-from env:NEW_PASSWORD --dry-run
  $ reimage rebuild i-8cjmd27n1s --key ops --backup image --keep-backups 3 --health tcp:22 --on-failure rollback
  $ reimage rebuild i-8cjmd27n1s --image-inherit --deadline rebuilding=7200 --yes --output json`;

/** Defines `reimage rebuild`. */
export function defineRebuild(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<instance>', 'VM id, for example i-8cjmd27n1s')
    .action((instance: string, options: object) =>
      dispatch(cliCommand('rebuild', RebuildOptions, runRebuild), { instance, ...options }),
    );
  addGuestOptions(command);
  addWayBackOptions(command);
  addHealthOptions(command);
  addRunOptions(command);
}

/** What is put on the VM. */
function addGuestOptions(command: Command): void {
  command
    .optionsGroup('What is put on it:')
    .option('--region <region>', 'JD Cloud region (default: JDCLOUD_REGION)')
    .option('--image <id>', 'image to put on (default: the one the VM has)');
  addLoginOptions(command)
    .option('--hostname <name>', 'new host name')
    .option('--metadata <key=value>', 'metadata pair to set; may be repeated', collect)
    .option('--user-data <file>', 'launch script to run on first boot')
    .addOption(new Option('--power <state>', 'power state afterwards').choices(POWER).default('as-was'));
}

/** What is said of the rebuild, and how this command goes about it. */
function addRunOptions(command: Command): void {
  command
    .optionsGroup('On the record:')
    .option('--requested-by <name>', 'who asks, shown to whoever is refused (default: USER)')
    .option('--reason <text>', 'why, kept with the rebuild')
    .option('--request-id <id>', 'your id of this request; makes the command safe to repeat')
    .option('--override-protection <reason>', 'rebuild a VM that is tagged reimage-protected, and say why')
    .optionsGroup('Options:')
    .option('--deadline <phase=seconds>', 'seconds a phase may take; may be repeated', collect)
    .option('--dry-run', 'validate and show the steps; touch nothing')
    .option('--detach', 'return once it is started')
    .option('--yes', 'do not ask for confirmation')
    .addOption(outputOption())
    .addHelpText('after', MORE);
}
