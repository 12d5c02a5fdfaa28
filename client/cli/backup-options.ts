import * as z from 'zod';
import { InstanceId, RegionId } from '../../contracts/ids.js';
import type { CliDeps } from './cli-deps.js';
import { OUTPUTS } from './output-option.js';
import { regionOf } from './vm-options.js';

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
