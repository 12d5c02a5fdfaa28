import { cancellationSignal } from '@temporalio/activity';
import type { RebuildPlan } from '../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../contracts/rebuild-request.js';
import type { VmApi } from '../jdcloud/vm-api.js';
import { readImageQuota } from './checks/read-image-quota.js';
import { type FactSources, readFacts } from './checks/read-facts.js';
import { toApplicationFailure } from './failure.js';
import { heartbeating } from './heartbeating.js';
import { makePlan } from './make-plan.js';
import type { Timing } from './timing.js';

export interface ValidationDeps extends FactSources {
  readonly api: Pick<VmApi, 'describeQuotas'>;
  readonly timing: Timing;
}

/** Looks at everything that a rebuild depends on. Touches nothing. */
export function createValidationActivities(deps: ValidationDeps) {
  return {
    /**
     * Reads VM, image, limits, key, metadata, password and, for a backup, quota afresh and says what the rebuild would
     * do. Misfits are part of the plan, all of them; only what keeps it from judging is thrown.
     * @throws ApplicationFailure VmNotFound · CredentialsRefused · PermissionDenied · JdCloudUnavailable (retryable)
     */
    async planRebuild(request: RebuildRequest): Promise<RebuildPlan> {
      try {
        const signal = cancellationSignal();
        const reading = () =>
          Promise.all([readFacts(deps, request, signal), readImageQuota(deps.api, request, signal)]);
        const [facts, imageQuota] = await heartbeating(reading);
        return makePlan({ ...facts, imageQuota });
      } catch (error) {
        throw toApplicationFailure(error, { timing: deps.timing });
      }
    },
  };
}
