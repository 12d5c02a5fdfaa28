import * as z from 'zod';
import { FAILURE_TYPES } from '../failures.js';
import { FleetAct } from './fleet-control.js';
import { FleetCounts, LeftOut } from './fleet-progress.js';

/** How one fleet ended. Its VMs are told by the query `members`, and by the results of their own rebuilds. */
export const FleetResult = z
  .object({
    outcome: z.enum(['done', 'failed', 'aborted']),
    fleetId: z.string(),
    regionId: z.string(),
    planDigest: z.string(),
    imageId: z.string(),
    counts: FleetCounts,
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime(),
    acts: z.array(FleetAct),
    /** Absent: nothing was. */
    leftOut: LeftOut.optional(),
    failure: z.object({ type: z.enum(FAILURE_TYPES), message: z.string(), next: z.string() }).optional(),
  })
  .meta({ id: 'FleetResult' });
export type FleetResult = z.output<typeof FleetResult>;
