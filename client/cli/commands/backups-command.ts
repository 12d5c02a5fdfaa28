import type { Command } from 'commander';
import type { Parsing } from '../command-names.js';
import { cliCommand } from '../parse-options.js';
import { BackupOptions } from '../backup-options.js';
import { PruneOptions } from '../run-backups-prune.js';
import { runBackupsList } from '../run-backups-list.js';
import { runBackupsPrune } from '../run-backups-prune.js';
import { neededOption } from '../needed-option.js';
import { outputOption } from '../output-option.js';

const LIST_MORE = `
Only images that Reimage itself has made, by --backup image of rebuild. Newest first; USED BY names the VMs that
have one as their image now.

Examples:
  $ reimage backups list --region cn-north-1
  $ reimage backups list i-8cjmd27n1s --region cn-north-1 --output json`;

const PRUNE_MORE = `
Deletes, for each VM, its backups beyond the newest N, or those older than a duration (36h, 30d, 8w), with
their snapshots, and those that are broken. Never touched: images that Reimage did not make, those that a VM has
as its image, those still being made. What would be deleted is shown first; on a terminal it must be confirmed.
Exit code 3 when JD Cloud refuses to delete one.

Examples:
  $ reimage backups prune i-8cjmd27n1s --region cn-north-1 --keep 3
  $ reimage backups prune --region cn-north-1 --keep 30d --dry-run
  $ reimage backups prune --region cn-north-1 --keep 30d --yes --output json`;

/** Defines `reimage backups`, a family. */
export function defineBackups(backups: Command, { dispatch }: Parsing): void {
  const argument = ['[instance]', 'only backups of this VM, which need not exist any more'] as const;
  const region = ['--region <region>', 'JD Cloud region (default: JDCLOUD_REGION)'] as const;
  backups
    .command('list')
    .description('List the backups of a region, or of one VM')
    .argument(...argument)
    .option(...region)
    .addOption(outputOption())
    .addHelpText('after', LIST_MORE)
    .action((instance: string | undefined, options: object) =>
      dispatch(cliCommand('backups list', BackupOptions, runBackupsList), withInstance(instance, options)),
    );
  backups
    .command('prune')
    .description('Delete old backups of a region, or of one VM')
    .argument(...argument)
    .option(...region)
    .addOption(
      neededOption('--keep <number|age>', 'backups to keep of each VM: the newest 3, or those younger than 30d'),
    )
    .option('--dry-run', 'show what would be deleted; delete nothing')
    .option('--yes', 'do not ask for confirmation')
    .addOption(outputOption())
    .addHelpText('after', PRUNE_MORE)
    .action((instance: string | undefined, options: object) =>
      dispatch(cliCommand('backups prune', PruneOptions, runBackupsPrune), withInstance(instance, options)),
    );
}

function withInstance(instance: string | undefined, options: object): Readonly<Record<string, unknown>> {
  return { ...(instance !== undefined && { instance }), ...options };
}
