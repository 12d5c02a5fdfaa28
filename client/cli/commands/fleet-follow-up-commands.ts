import { Option, type Command } from 'commander';
import type { CommandName, Dispatch } from '../command-names.js';
import { REPORT_FORMATS } from '../fleet/report-formats.js';
import { aboutOne } from './fleet-run-commands.js';

const RETRY_MORE = `
A new fleet of exactly the VMs that failed, were rolled back or cancelled, or were never started, onto the same image
by the same policy. It is planned anew, so that what has changed is seen. VMs that somebody has skipped, and those that
were deleted, are left out. While the fleet still runs, \`fleet retry-failed\` is meant (exit code 5). A fleet is retried
once: then its retry is, which is named (exit code 5).

Examples:
  $ reimage fleet retry web-2026-12 --dry-run
  $ reimage fleet retry web-2026-12 --reason "quota raised"`;

const ROLLBACK_MORE = `
A new fleet of the VMs that the old one has moved and that still have its image: each onto its backup, or onto its
former image where there is none, by the same policy. It goes after the end of the fleet, and of its retry (exit code 5):
one that is paused, or waits at a gate, has to be aborted first.

Examples:
  $ reimage fleet rollback web-2026-12 --dry-run
  $ reimage fleet rollback web-2026-12 --reason "logins fail" --yes --detach`;

const REPORT_MORE = `
For change management: who, the plan's digest, approvals and other acts, and of each VM its name, images, outcome,
backup, times, duration and everything that is not as planned. CSV holds the VMs alone. Needs a worker; what rebuilds said in detail is
told as long as the namespace keeps them.

Examples:
  $ reimage fleet report web-2026-12
  $ reimage fleet report web-2026-12-1f0c53d5 --format csv`;

/** Adds the commands for when a fleet is over, or nearly so. */
export function addFleetFollowUpCommands(fleet: Command, dispatch: Dispatch): void {
  addFollowUp(fleet, dispatch, 'fleet retry', 'Start a new fleet of what one has left', RETRY_MORE);
  addFollowUp(fleet, dispatch, 'fleet rollback', 'Put the VMs that a fleet has moved back', ROLLBACK_MORE);
  aboutOne(fleet, 'report', 'Write what is to be known of a fleet for change management')
    .addOption(new Option('--format <format>', 'what it is written as').choices(REPORT_FORMATS).default('md'))
    .addHelpText('after', REPORT_MORE)
    .action((name: string, options: object) => dispatch('fleet report', { fleet: name, ...options }));
}

function addFollowUp(
  fleet: Command,
  dispatch: Dispatch,
  command: CommandName,
  description: string,
  more: string,
): void {
  const [, name = ''] = command.split(' ');
  aboutOne(fleet, name, description)
    .option('--requested-by <name>', 'who asks (default: USER)')
    .option('--reason <text>', 'why, kept with the new fleet')
    .option('--exclude-ids <ids>', 'VMs that are left alone, such as those that there are no more; commas between them')
    .option('--dry-run', 'show what would be done; touch nothing')
    .option('--detach', 'return once it is started')
    .option('--yes', 'do not ask for confirmation')
    .addHelpText('after', more)
    .action((of: string, options: object) => dispatch(command, { fleet: of, ...options }));
}
