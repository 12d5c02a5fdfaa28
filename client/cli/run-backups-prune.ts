import * as z from 'zod';
import { KeepBackups, type PruneReport } from '../../contracts/backup.js';
import { FAILURES } from '../../contracts/failures.js';
import { failureOf, toReimageError } from '../reimage-errors.js';
import { BackupOptions, backupScopeOf } from './backup-options.js';
import type { CliClient, CliDeps } from './cli-deps.js';
import { requireConfirmer } from './confirm.js';
import { OK } from './exit-codes.js';
import { renderPruned } from './render-backups.js';

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
  const shown = new Map(prospect.kept.map(({ imageId, why }) => [imageId, why]));
  const pruned = await client.pruneBackups({ ...input, spare: [...shown.keys()] });
  // The worker knows only that they are spared; why, the person has been told.
  return {
    ...pruned,
    kept: pruned.kept.map((backup) => ({ ...backup, why: shown.get(backup.imageId) ?? backup.why })),
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
