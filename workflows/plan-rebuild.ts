import { TemporalFailure } from '@temporalio/workflow';
import type { RebuildPlan } from '../contracts/rebuild-plan.js';
import { factsOf, toApplicationFailure, toFailure } from './failure-of.js';
import { parseRebuildRequest } from './parse-request.js';
import { activitiesUnder } from './retry-policies.js';

/**
 * A dry run: what a rebuild would do, and all that speaks against it. Touches nothing, takes no lock.
 * @param input - a RebuildRequest
 * @throws ApplicationFailure of a type of contracts/failures.ts with the Failure as its detail
 */
export async function planRebuild(input: unknown): Promise<RebuildPlan> {
  const request = parseRebuildRequest(input);
  try {
    return await activitiesUnder('call', request.deadlines.validatingSeconds * 1000).planRebuild(request);
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const failure = toFailure(factsOf(error, 'validating'), null);
    throw toApplicationFailure(failure, failure);
  }
}
