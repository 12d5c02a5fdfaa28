import * as z from 'zod';
import type { FleetPlan } from '../../../contracts/fleet/fleet-plan.js';
import { oneLine as OneLine } from '../../../contracts/one-line.js';
import type { CliClient, CliDeps } from '../cli-deps.js';
import { freshPlan } from '../fresh-plan.js';
import { confirm, requireConfirmer } from '../confirm.js';
import { OUTPUTS } from '../output-option.js';
import { renderFleetPlan } from '../render-fleet-plan.js';
import { tellFreeze } from '../render-freeze.js';
import { whoAsks } from '../who-asks.js';
import { nothingToDo } from './nothing-to-do.js';
import { readToStart, type ToStart } from './read-fleet-file.js';
import { reportFleetStarted } from './report-fleet-started.js';

/** What stands on the command line of `fleet start`. */
export const FleetStartCommandOptions = z.strictObject({
  file: z.string().min(1),
  requestedBy: OneLine(128).optional(),
  reason: OneLine(512).optional(),
  yes: z.boolean().optional(),
  detach: z.boolean().optional(),
  output: z.enum(OUTPUTS),
});
export type FleetStartCommandOptions = z.output<typeof FleetStartCommandOptions>;

/** Plans or takes the saved plan, shows what is erased, asks, starts, follows. @throws ReimageError */
export async function runFleetStart(options: FleetStartCommandOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const mustAsk = options.yes !== true;
  if (mustAsk) requireConfirmer(deps, ', or look first with `reimage fleet plan`');
  const toStart = await readToStart(options.file, () => deps.connect(), io);
  await using client = await deps.connect();
  const plan = await planOf(client, toStart, deps);
  for (const line of renderFleetPlan(plan)) io.err(line);
  const nothing = nothingToDo(plan, options.output, io);
  if (nothing !== null) return nothing;
  await tellFreeze(client, io);
  if (mustAsk) await confirm(plan.spec.name, 'erase the system disks of these VMs', deps, 'the name of the fleet');
  // A plan made for this very command is planned anew only where a person took time to read it.
  const replan = mustAsk || 'plan' in toStart;
  if (replan) io.err('looking whether it is still so; nothing is touched');
  const requestedBy = options.requestedBy ?? plan.spec.requestedBy ?? whoAsks(undefined, deps.env);
  const fleet = await client.fleets.start(plan, {
    replan,
    ...(requestedBy !== undefined && { requestedBy }),
    ...(options.reason !== undefined && { reason: options.reason }),
  });
  return await reportFleetStarted(client, fleet, options, deps);
}

async function planOf(client: CliClient, toStart: ToStart, { io }: CliDeps): Promise<FleetPlan> {
  if ('plan' in toStart) return toStart.plan;
  io.err('looking at VMs, image and login; nothing is touched');
  return await freshPlan(() => client.fleets.plan(toStart.spec), { io });
}
