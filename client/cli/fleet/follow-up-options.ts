import * as z from 'zod';
import { InstanceId } from '../../../contracts/ids.js';
import { oneLine as OneLine } from '../../../contracts/one-line.js';
import type { FollowUp } from '../../fleet/read-fleet-input.js';
import type { CliDeps } from '../cli-deps.js';
import { whoAsks } from '../who-asks.js';
import { FleetOptions } from './fleet-options.js';

/** What stands on the command line of `fleet retry` and `fleet rollback`. */
export const FollowUpOptions = FleetOptions.extend({
  requestedBy: OneLine(128).optional(),
  reason: OneLine(512).optional(),
  excludeIds: z
    .string()
    .transform((ids) => ids.split(',').map((id) => id.trim()))
    .pipe(z.array(InstanceId))
    .optional(),
  dryRun: z.boolean().optional(),
  yes: z.boolean().optional(),
  detach: z.boolean().optional(),
});
export type FollowUpOptions = z.output<typeof FollowUpOptions>;

/** Who asks, and why. */
export function followUpOf({ requestedBy, reason, excludeIds }: FollowUpOptions, { env }: CliDeps): FollowUp {
  const who = whoAsks(requestedBy, env);
  return {
    ...(who !== undefined && { requestedBy: who }),
    ...(reason !== undefined && { reason }),
    ...(excludeIds !== undefined && { excludeIds }),
  };
}
