import { FAILURES } from '../../contracts/failures.js';
import { whyEmpty } from '../../contracts/fleet/empty-selection.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { ReimageInvalidInputError } from '../reimage-errors.js';
import type { CliDeps } from './cli-deps.js';
import { OK } from './exit-codes.js';
import type { FleetPlanOptions } from './fleet-options.js';
import { fleetSpecOf } from './fleet-options.js';
import { renderFleetPlan } from './render-fleet-plan.js';

/** Plans a fleet, prints and saves the plan. Nothing is touched. @throws ReimageError */
export async function runFleetPlan(options: FleetPlanOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const spec = await fleetSpecOf(options, deps);
  await using client = await deps.connect();
  io.err('looking at VMs, image and login; nothing is touched');
  const plan = await client.fleets.plan(spec);
  if (options.save !== undefined) await savePlan(plan, options.save, deps);
  if (options.output === 'json') io.out(JSON.stringify(plan));
  else for (const line of renderFleetPlan(plan)) io.out(line);
  // Whoever runs it in a pipeline sees by the exit code that it means nobody: the plan itself is told all the same.
  return plan.spec.allowEmpty !== true && whyEmpty(plan) !== null ? FAILURES.NothingSelected.exitCode : OK;
}

async function savePlan(plan: FleetPlan, path: string, { io }: CliDeps): Promise<void> {
  try {
    await io.writeNewFile(path, `${JSON.stringify(plan, null, 2)}\n`);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new ReimageInvalidInputError(`--save: ${said}. The plan is ${plan.planId}.`, 'save');
  }
  io.err(`saved as ${path}`);
}
