import type { Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { FollowUpOptions } from '../fleet/follow-up-options.js';
import { runFleetRetry } from '../fleet/run-fleet-retry.js';
import { runFleetRollback } from '../fleet/run-fleet-rollback.js';
import { aboutOneFleet } from './fleet-arguments.js';

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

/** Defines `reimage fleet retry`. */
export function defineFleetRetry(command: Command, { dispatch }: Parsing): void {
  addFollowUpOptions(command)
    .addHelpText('after', RETRY_MORE)
    .action((of: string, options: object) =>
      dispatch(cliCommand('fleet retry', FollowUpOptions, runFleetRetry), { fleet: of, ...options }),
    );
}

/** Defines `reimage fleet rollback`. */
export function defineFleetRollback(command: Command, { dispatch }: Parsing): void {
  addFollowUpOptions(command)
    .addHelpText('after', ROLLBACK_MORE)
    .action((of: string, options: object) =>
      dispatch(cliCommand('fleet rollback', FollowUpOptions, runFleetRollback), { fleet: of, ...options }),
    );
}

function addFollowUpOptions(command: Command): Command {
  return aboutOneFleet(command)
    .option('--requested-by <name>', 'who asks (default: USER)')
    .option('--reason <text>', 'why, kept with the new fleet')
    .option('--exclude-ids <ids>', 'VMs that are left alone, such as those that there are no more; commas between them')
    .option('--dry-run', 'show what would be done; touch nothing')
    .option('--detach', 'return once it is started')
    .option('--yes', 'do not ask for confirmation');
}
