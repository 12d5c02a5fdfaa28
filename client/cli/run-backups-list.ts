import type { BackupOptions } from './backup-options.js';
import { backupScopeOf } from './backup-options.js';
import type { CliDeps } from './cli-deps.js';
import { OK } from './exit-codes.js';
import { renderBackups } from './render-backups.js';

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
