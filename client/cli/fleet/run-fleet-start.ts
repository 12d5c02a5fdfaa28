import * as z from 'zod';
import type { FleetPlan } from '../../../contracts/fleet/fleet-plan.js';
import { oneLine as OneLine } from '../../../contracts/one-line.js';
import { failureOf, toReimageError } from '../../reimage-errors.js';
import type { CliClient, CliDeps } from '../cli-deps.js';
import { confirm, requireConfirmer } from '../confirm.js';
import { OK } from '../exit-codes.js';
import { OUTPUTS } from '../output-option.js';
import { parseOptions } from '../parse-options.js';
import { renderFleetPlan } from '../render-fleet-plan.js';
import { tellFreeze } from '../render-freeze.js';
import { whoAsks } from '../who-asks.js';
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

/** `reimage fleet start` for options as the parser leaves them. @throws ReimageError */
export async function run(raw: unknown, deps: CliDeps): Promise<number> {
  return await runFleetStart(parseOptions(FleetStartCommandOptions, raw), deps);
}

/** Plans or takes the saved plan, shows what is erased, asks, starts, follows. */
export async function runFleetStart(options: FleetStartCommandOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const mustAsk = options.yes !== true;
  if (mustAsk) requireConfirmer(deps, ', or look first with `reimage fleet plan`');
  const toStart = await readToStart(options.file, () => deps.connect(), io);
  await using client = await deps.connect();
  const plan = await planOf(client, toStart, deps);
  for (const line of renderFleetPlan(plan)) io.err(line);
  if (plan.rows.every(({ wave }) => wave === null)) return reportNothingToDo(plan, options, deps);
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
  return await client.fleets.plan(toStart.spec);
}

/** Nobody is left to be rebuilt: fine where all are as wanted already, and a failure where something is in the way. */
function reportNothingToDo({ spec, rows }: FleetPlan, { output }: FleetStartCommandOptions, { io }: CliDeps): number {
  const inTheWay = rows.filter(({ skip }) => skip !== null && !['already-on-image', 'excluded'].includes(skip.code));
  if (inTheWay.length > 0) {
    const told = inTheWay.slice(0, 5).map(({ instanceId, skip }) => `${instanceId}: ${skip?.reasons.join('; ') ?? ''}`);
    const message = `No VM of ${spec.name} can be rebuilt. ${told.join('. ')}. Nothing was started.`;
    throw toReimageError(failureOf('ValidationFailed', message));
  }
  if (output === 'json') io.out(JSON.stringify({ outcome: 'nothing-to-do', name: spec.name, regionId: spec.regionId }));
  else io.out(`nothing to do: no VM of ${spec.name} has to be rebuilt`);
  return OK;
}
