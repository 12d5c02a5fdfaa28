import type { Command } from 'commander';
import * as z from 'zod';
import { type BackupImage, KeepBackups, type PruneReport } from '../../../contracts/backup.js';
import { FAILURES } from '../../../contracts/failures.js';
import { InstanceId, RegionId } from '../../../contracts/ids.js';
import { failureOf, toReimageError } from '../../connection/errors.js';
import type { CliClient, CliDeps } from '../io/deps.js';
import { OK } from '../io/exit-codes.js';
import { requireConfirmer } from '../io/terminal.js';
import { renderTable } from '../io/text.js';
import { outputOption, OUTPUTS, type Parsing } from '../options/command-table.js';
import { cliCommand, neededOption } from '../options/parse-options.js';
import { regionOf } from '../options/vm.js';

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

/** Options that every command about backups has. */
export const BackupOptions = z.strictObject({
  instance: InstanceId.optional(),
  region: RegionId.optional(),
  output: z.enum(OUTPUTS),
});
export type BackupOptions = z.output<typeof BackupOptions>;

/** Which backups are meant. A region that was not written comes from the environment, and that is said. */
export function backupScopeOf(options: BackupOptions, deps: CliDeps): { regionId: string; instanceId?: string } {
  const { instance } = options;
  return { regionId: regionOf(options, deps), ...(instance !== undefined && { instanceId: instance }) };
}

/** Prints a table of backups, or `{backups}`. @throws ReimageError */
export async function runBackupsList(options: BackupOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const scope = backupScopeOf(options, deps);
  await using client = await deps.connect();
  const backups = await client.listBackups(scope);
  if (options.output === 'json') io.out(JSON.stringify({ backups }));
  else for (const line of renderBackups(backups, io.size().width)) io.out(line);
  return OK;
}

/** The table of `backups list`. @param width - terminal cells that there are; by default as many as it takes */
export function renderBackups(backups: readonly BackupImage[], width = Number.POSITIVE_INFINITY): string[] {
  if (backups.length === 0) return ['no backups'];
  return renderTable(
    ['IMAGE', 'INSTANCE', 'STATUS', 'CREATED', 'USED BY', 'NAME'],
    backups.map(({ imageId, instanceId, status, createdAt, usedBy, name }) => [
      imageId,
      instanceId,
      status,
      createdAt ?? '',
      usedBy.join(','),
      name,
    ]),
    { width, dispensable: ['NAME', 'STATUS', 'CREATED', 'USED BY'] },
  );
}

/** The table of `backups prune`: what a dry run would do, or what was done, each with why where it stays. */
export function renderPruned({ deleted, kept, refused, dryRun }: PruneReport): string[] {
  const verbs = dryRun ? { gone: 'delete', stays: 'keep' } : { gone: 'deleted', stays: 'kept' };
  const rows = [
    ...deleted.map((backup) => [verbs.gone, backup.imageId, backup.instanceId, backup.createdAt ?? '', '']),
    ...refused.map(({ imageId, reason }) => ['refused', imageId, '', '', reason]),
    ...kept.map((backup) => [verbs.stays, backup.imageId, backup.instanceId, backup.createdAt ?? '', backup.reason]),
  ];
  return rows.length === 0 ? ['no backups'] : renderTable(['ACTION', 'IMAGE', 'INSTANCE', 'CREATED', 'WHY'], rows);
}

/** What stands on the command line of `backups prune`. */
export const PruneOptions = BackupOptions.extend({
  keep: z
    .string()
    .transform((text) => (/^\d+$/.test(text) ? Number(text) : text))
    .pipe(KeepBackups),
  dryRun: z.boolean().optional(),
  yes: z.boolean().optional(),
});
export type PruneOptions = z.output<typeof PruneOptions>;

/** Shows what would be deleted, asks, deletes that and nothing else, and tells what was done. @throws ReimageError */
export async function runBackupsPrune(options: PruneOptions, deps: CliDeps): Promise<number> {
  const scope = backupScopeOf(options, deps);
  const { keep, dryRun = false, yes = false } = options;
  if (!dryRun && !yes) requireConfirmer(deps, ', or --dry-run to look first');
  await using client = await deps.connect();
  if (yes && !dryRun) return report(await client.pruneBackups({ ...scope, keep }), options, deps);

  const prospect = await client.pruneBackups({ ...scope, keep, dryRun: true });
  if (dryRun || prospect.deleted.length === 0) return report(prospect, options, deps);
  for (const line of renderPruned(prospect)) deps.io.err(line);
  await confirm(prospect, scope.regionId, deps);
  return report(await pruneAsShown(client, { ...scope, keep }, prospect), options, deps);
}

/** What was shown as kept is spared: a backup that came meanwhile must not make one old that nobody was asked about. */
async function pruneAsShown(
  client: CliClient,
  input: Parameters<CliClient['pruneBackups']>[0],
  prospect: PruneReport,
): Promise<PruneReport> {
  const shown = new Map(prospect.kept.map(({ imageId, reason }) => [imageId, reason]));
  const pruned = await client.pruneBackups({ ...input, spare: [...shown.keys()] });
  // The worker knows only that they are spared; why, the person has been told.
  return {
    ...pruned,
    kept: pruned.kept.map((backup) => ({ ...backup, reason: shown.get(backup.imageId) ?? backup.reason })),
  };
}

const WORD = 'delete';

async function confirm({ deleted }: PruneReport, regionId: string, { io }: CliDeps): Promise<void> {
  const what = deleted.length === 1 ? '1 backup' : `${deleted.length} backups`;
  const typed = await io.ask(`Type ${WORD} to delete ${what} in ${regionId} for good: `);
  if (typed?.trim() === WORD) return;
  const how = typed === null ? 'Nothing was typed' : `What was typed is not ${WORD}`;
  const next = `Run the command again and type ${WORD}, or pass --yes.`;
  throw toReimageError(failureOf('NotConfirmed', `${how}. Nothing was touched.`, next));
}

function report(pruned: PruneReport, { output }: PruneOptions, { io }: CliDeps): number {
  if (output === 'json') io.out(JSON.stringify(pruned));
  else {
    for (const line of renderPruned(pruned)) io.out(line);
    if (pruned.dryRun) io.out(pruned.deleted.length === 0 ? 'Nothing to delete.' : 'Dry run: nothing was deleted.');
  }
  return pruned.refused.length === 0 ? OK : FAILURES.JdCloudRefused.exitCode;
}
