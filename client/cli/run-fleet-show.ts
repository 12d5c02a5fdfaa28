import * as z from 'zod';
import type { CliDeps } from './cli-deps.js';
import { OK } from './exit-codes.js';
import { OUTPUTS } from './output-option.js';
import { parseOptions } from './parse-options.js';
import { readPlanNamed } from './plan-file.js';
import { renderFleetPlan } from './render-fleet-plan.js';

/** What stands on the command line of `fleet show`. */
export const FleetShowOptions = z.strictObject({ plan: z.string(), output: z.enum(OUTPUTS) });

/** `reimage fleet show` for options as the parser leaves them. @throws ReimageError */
export async function run(raw: unknown, deps: CliDeps): Promise<number> {
  const { plan: named, output } = parseOptions(FleetShowOptions, raw);
  const { io } = deps;
  const plan = await readPlanNamed(named, () => deps.connect(), io);
  if (output === 'json') io.out(JSON.stringify(plan));
  else for (const line of renderFleetPlan(plan)) io.out(line);
  return OK;
}
