import type { Command } from 'commander';
import * as z from 'zod';
import type { FleetPlan } from '../../../../contracts/fleet/fleet-plan.js';
import { oneLine as OneLine } from '../../../../contracts/text.js';
import { failureOf, toReimageError } from '../../../connection/errors.js';
import type { FleetOperation } from '../../../fleets/operation.js';
import { refuseIfEmpty } from '../../../fleets/plan.js';
import type { CliClient, CliDeps, Io } from '../../io/deps.js';
import { OK } from '../../io/exit-codes.js';
import { readToStart, type ToStart } from '../../io/read-fleet.js';
import { beforeBegun, confirm, requireConfirmer } from '../../io/terminal.js';
import { outputOption, OUTPUTS, type Parsing } from '../../options/command-table.js';
import { type FleetOptions, fleetWords } from '../../options/fleet.js';
import { cliCommand } from '../../options/parse-options.js';
import { whoAsks } from '../../options/vm.js';
import { renderFleetPlan } from '../../render/fleet-plan.js';
import { freshPlan } from '../../render/plan.js';
import { showingLoss } from '../../render/recovery.js';
import { reportFreeze } from '../freeze.js';
import { followFleet } from './follow.js';

const START_MORE = `
FILE is a fleet (YAML or JSON), which is planned first, or a plan that \`reimage fleet plan\` has saved. A saved plan
is planned anew and refused where something has changed since (exit code 3), and can be started once only (5).
What is erased is shown first; on a terminal it must be confirmed by typing the name of the fleet.
Exit codes: 0 done, 3 failed, 4 aborted or rejected. Ctrl-C ends the view, not the fleet (130).

Examples:
  $ reimage fleet start web.yaml
  $ reimage fleet start plan.json --yes --detach --output json`;

/** Defines `reimage fleet start`. */
export function defineFleetStart(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<file>', 'fleet file, or plan that was saved')
    .option('--by, --requested-by <name>', 'who asks (default: as the file says, else USER)')
    .option('--reason <text>', 'why, kept with the fleet (default: as the file says)')
    .option('--detach', 'return once it is started')
    .option('--yes', 'do not ask for confirmation')
    .addOption(outputOption())
    .addHelpText('after', START_MORE)
    .action((file: string, options: object) =>
      dispatch(cliCommand('fleet start', FleetStartCommandOptions, runFleetStart), { file, ...options }),
    );
}

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
  for (const line of renderFleetPlan(plan)) showingLoss(io, 'err')(line);
  const nothing = nothingToDo(plan, options.output, io);
  if (nothing !== null) return nothing;
  await reportFreeze(client, io);
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
  return await beforeBegun(io, (signal) => freshPlan(() => client.fleets.plan(toStart.spec, { signal }), { io }));
}

/** VMs that an error names. */
const MOST_NAMED = 5;

/**
 * Says that a plan rebuilds no VM, where it does not: fine where all are as wanted already. @returns the exit code; null
 * where there is something to do
 * @throws ReimageError `NothingSelected` where there is no VM, and may not be none · `ValidationFailed` where something is in
 * the way
 */
export function nothingToDo(plan: FleetPlan, output: FleetOptions['output'], io: Io): number | null {
  const { spec, rows } = plan;
  if (rows.some(({ wave }) => wave !== null)) return null;
  refuseIfEmpty(plan);
  const inTheWay = rows.filter(({ skip }) => skip !== null && !['already-on-image', 'excluded'].includes(skip.code));
  if (inTheWay.length > 0) {
    const told = inTheWay
      .slice(0, MOST_NAMED)
      .map(({ instanceId, skip }) => `${instanceId}: ${skip?.reasons.join('; ') ?? ''}`);
    const message = `No VM of ${spec.name} can be rebuilt. ${told.join('. ')}. Nothing was started.`;
    throw toReimageError(failureOf('ValidationFailed', message));
  }
  if (output === 'json') io.out(JSON.stringify({ outcome: 'nothing-to-do', name: spec.name, regionId: spec.regionId }));
  else io.out(`nothing to do: no VM of ${spec.name} has to be rebuilt`);
  return OK;
}

export interface FleetStartedOptions extends Pick<FleetOptions, 'output'> {
  readonly detach?: boolean | undefined;
}

/** Says what was started and follows it to its end, unless the options say not to. Gives the exit code. */
export async function reportFleetStarted(
  client: CliClient,
  fleet: FleetOperation,
  { output, detach }: FleetStartedOptions,
  deps: CliDeps,
): Promise<number> {
  const { io } = deps;
  if (fleet.webUrl !== undefined) io.err(`Temporal UI: ${fleet.webUrl}`);
  if (detach !== true) return await followFleet(client, fleet, { output, isLive: true }, deps);
  if (output === 'json') io.out(JSON.stringify({ outcome: 'started', ...fleet }));
  else io.out(`started: ${fleet.fleetId}. Follow it: reimage fleet watch ${fleetWords(fleet)}`);
  return OK;
}
