import { cancellationSignal } from '@temporalio/activity';
import type { RebuildPlan } from '../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../contracts/rebuild-request.js';
import { type FactSources, readFacts } from './checks/read-facts.js';
import { toApplicationFailure } from './failure.js';
import { heartbeating } from './heartbeating.js';
import { makePlan } from './make-plan.js';
import type { Timing } from './timing.js';

/** Looks at everything that a rebuild depends on. Touches nothing. */
export function createValidationActivities(deps: FactSources & { readonly timing: Timing }) {
  return {
    /**
     * Reads VM, image, limits, key, metadata and password afresh and says what the rebuild would do. Misfits are part
     * of the plan, all of them; only what keeps it from judging is thrown.
     * @throws ApplicationFailure VmNotFound · CredentialsRefused · PermissionDenied · JdCloudUnavailable (retryable)
     */
    async planRebuild(request: RebuildRequest): Promise<RebuildPlan> {
      try {
        return makePlan(await heartbeating(() => readFacts(deps, request, cancellationSignal())));
      } catch (error) {
        throw toApplicationFailure(error, { timing: deps.timing });
      }
    },
  };
}
