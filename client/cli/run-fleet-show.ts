import * as z from 'zod';
import type { CliDeps } from './cli-deps.js';
import { OK } from './exit-codes.js';
import { OUTPUTS } from './output-option.js';
import { readPlanNamed } from './plan-file.js';
import { renderFleetPlan } from './render-fleet-plan.js';

/** What stands on the command line of `fleet show`. */
export const FleetShowOptions = z.strictObject({ plan: z.string(), output: z.enum(OUTPUTS) });

export type FleetShowOptions = z.output<typeof FleetShowOptions>;

/** Shows a plan again, whatever has become of it. @throws ReimageError */
export async function runFleetShow({ plan: named, output }: FleetShowOptions, deps: CliDeps): Promise<number> {
  const { io } = deps;
  const plan = await readPlanNamed(named, () => deps.connect(), io);
  if (output === 'json') io.out(JSON.stringify(plan));
  else for (const line of renderFleetPlan(plan)) io.out(line);
  return OK;
}
