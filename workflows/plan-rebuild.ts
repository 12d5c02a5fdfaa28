import type { RebuildPlan } from '../contracts/rebuild-plan.js';
import { orFailure } from './runtime/failures.js';
import { parseRebuildRequest } from './runtime/parse-input.js';
import { activitiesUnder } from './runtime/retry-policies.js';

/**
 * A dry run: what a rebuild would do, and all that speaks against it. Touches nothing, takes no lock.
 * @param input - a RebuildRequest
 * @throws ApplicationFailure of a type of contracts/failures.ts with the Failure as its detail
 */
export async function planRebuild(input: unknown): Promise<RebuildPlan> {
  const request = parseRebuildRequest(input);
  const timeoutMs = request.deadlines.validatingSeconds * 1000;
  return orFailure(() => activitiesUnder('call', timeoutMs).planRebuild(request));
}
