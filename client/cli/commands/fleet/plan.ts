import type { Command } from 'commander';
import * as z from 'zod';
import { FAILURES } from '../../../../contracts/failures.js';
import { type FleetPlan, whyEmpty } from '../../../../contracts/fleet/fleet-plan.js';
import { fileProblem } from '../../../../contracts/utf8-text.js';
import { ReimageInvalidInputError } from '../../../connection/errors.js';
import type { CliDeps } from '../../io/deps.js';
import { OK } from '../../io/exit-codes.js';
import { readPlanNamed } from '../../io/plan-file.js';
import { beforeBegun } from '../../io/terminal.js';
import { outputOption, OUTPUTS, type Parsing } from '../../options/command-table.js';
import { addOptions, cliCommand } from '../../options/parse-options.js';
import { renderFleetPlan } from '../../render/fleet-plan.js';
import { showingLoss } from '../../render/recovery.js';
import { FLEET_PLAN_ROWS, FleetPlanOptions, fleetSpecOf } from './plan-options.js';

const PLAN_MORE = `
FILE is YAML or JSON (docs/fleets.md, docs/fleet.schema.json). Without one the options describe the fleet; what
they cannot say (windows, approvals, failure budget, order) takes a file.
Shown are all VMs with their current and new image, who is skipped and why, who is sick already, the waves,
every limit as a whole number, how long it takes, and the next openings of the maintenance windows.

Examples:
  $ reimage fleet plan web.yaml --save web-plan.json
  $ reimage fleet plan --name web --region cn-north-1 --tag app=web --image-newest web- --key ops --canary 1 --waves 10%,50%
  $ reimage fleet plan web.yaml --output json`;

const SHOW_MORE = `
A plan that was started or has grown stale is shown all the same. One in a file needs no Temporal.

Examples:
  $ reimage fleet show web-plan.json
  $ reimage fleet show plan-reimage:cn-north-1:web:3e1b6a0c-53f8-4a5c-9a55-0d5a2a3f6a11 --output json`;

/** Defines `reimage fleet plan`. */
export function defineFleetPlan(command: Command, { dispatch }: Parsing): void {
  command.argument('[file]', 'YAML or JSON file that describes the fleet');
  addOptions(command, FLEET_PLAN_ROWS)
    .addOption(outputOption())
    .addHelpText('after', PLAN_MORE)
    .action((file: string | undefined, options: object) =>
      dispatch(cliCommand('fleet plan', FleetPlanOptions, runFleetPlan), {
        ...(file !== undefined && { file }),
        ...options,
      }),
    );
}

/** Defines `reimage fleet show`. */
export function defineFleetShow(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<plan>', 'file that it was saved in, or its id')
    .addOption(outputOption())
    .addHelpText('after', SHOW_MORE)
    .action((plan: string, options: object) =>
      dispatch(cliCommand('fleet show', FleetShowOptions, runFleetShow), { plan, ...options }),
    );
}

/** Plans a fleet, prints and saves the plan. Nothing is touched. @throws ReimageError */
export async function runFleetPlan(options: FleetPlanOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const spec = await fleetSpecOf(options, deps);
  await using client = await deps.connect();
  io.err('looking at VMs, image and login; nothing is touched');
  const plan = await beforeBegun(io, (signal) => client.fleets.plan(spec, { signal }));
  if (options.save !== undefined) await savePlan(plan, options.save, deps);
  if (options.output === 'json') io.out(JSON.stringify(plan));
  else for (const line of renderFleetPlan(plan)) showingLoss(io, 'out')(line);
  // Whoever runs it in a pipeline sees by the exit code that it means nobody: the plan itself is told all the same.
  return plan.spec.allowEmpty !== true && whyEmpty(plan) !== null ? FAILURES.NothingSelected.exitCode : OK;
}

async function savePlan(plan: FleetPlan, path: string, { io }: CliDeps): Promise<void> {
  try {
    await io.writeNewFile(path, `${JSON.stringify(plan, null, 2)}\n`);
  } catch (error) {
    const message = `--save: ${path} ${fileProblem(error)}. The plan is ${plan.planId}.`;
    throw new ReimageInvalidInputError(message, 'save');
  }
  io.err(`saved as ${path}`);
}

/** What stands on the command line of `fleet show`. */
export const FleetShowOptions = z.strictObject({ plan: z.string(), output: z.enum(OUTPUTS) });

export type FleetShowOptions = z.output<typeof FleetShowOptions>;

/** Shows a plan again, whatever has become of it. @throws ReimageError */
export async function runFleetShow({ plan: named, output }: FleetShowOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const plan = await readPlanNamed(named, () => deps.connect(), io);
  if (output === 'json') io.out(JSON.stringify(plan));
  else for (const line of renderFleetPlan(plan)) showingLoss(io, 'out')(line);
  return OK;
}
