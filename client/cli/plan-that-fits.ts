import type { RebuildPlan } from '../../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import { failureOf, toReimageError } from '../reimage-errors.js';
import type { CliClient, CliDeps } from './cli-deps.js';
import { freshPlan } from './fresh-plan.js';
import { renderPlan } from './render-plan.js';

/**
 * Has a worker validate a request, and shows what would be erased.
 * @param show - takes the lines of the plan
 * @throws ReimageError Frozen, or ValidationFailed, with all misfits
 */
export async function planThatFits(
  client: CliClient,
  request: RebuildRequest,
  show: (line: string) => void,
  { io }: CliDeps,
): Promise<RebuildPlan> {
  io.err('checking VM, image and login; nothing is touched');
  const plan = await freshPlan(() => client.plan(request), { io });
  for (const line of renderPlan(plan)) show(line);
  if (plan.misfits.length === 0) return plan;
  const count = plan.misfits.length === 1 ? 'one reason' : `${plan.misfits.length} reasons`;
  const isFrozen = plan.misfits.some(({ code }) => code === 'frozen');
  const failure = failureOf(
    isFrozen ? 'Frozen' : 'ValidationFailed',
    `${plan.instanceId} cannot be rebuilt like this, for ${count}. Nothing was touched.`,
  );
  throw toReimageError({ ...failure, misfits: plan.misfits });
}
