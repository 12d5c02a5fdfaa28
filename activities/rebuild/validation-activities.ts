import { cancellationSignal } from '@temporalio/activity';
import type { RebuildPlan } from '../../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import type { VmApi } from '../../jdcloud/vm-api.js';
import { type FactSources, readFacts, readImageQuota } from '../checks/read-facts.js';
import { toApplicationFailure } from '../runtime/failure.js';
import { heartbeating, tellingUnanswered, type Unanswered } from '../runtime/heartbeat.js';
import { askFreeze, type Namespace } from '../runtime/namespace.js';
import type { Timing } from '../runtime/time.js';
import { makePlan } from './plan-rebuild.js';

export interface ValidationDeps extends FactSources {
  readonly api: Pick<VmApi, 'describeQuotas'>;
  readonly namespace: Pick<Namespace, 'freeze'>;
  readonly timing: Timing;
  readonly unanswered?: Unanswered;
}

export interface PlanOptions {
  /** The rebuild has begun, and finishes also in a frozen namespace. @default false */
  readonly isUnderWay?: boolean;
  /** The power state that the VM had before an earlier run of this one stopped it. Absent: the one it has. */
  readonly powerBefore?: 'running' | 'stopped';
}

/** Looks at everything that a rebuild depends on. Touches nothing. */
export function createValidationActivities(deps: ValidationDeps) {
  return {
    /**
     * Reads VM, image, limits, key, metadata, password and, for a backup, quota afresh and says what the rebuild would
     * do. Issues are part of the plan, all of them; only what keeps it from judging is thrown.
     * @throws ApplicationFailure VmNotFound · JdCloudUnavailable and TemporalUnreachable (retryable) · refusals, such as
     * CredentialsRefused: final, save that of a rebuild under way those that may pass are retryable
     */
    async planRebuild(
      request: RebuildRequest,
      { isUnderWay = false, powerBefore }: PlanOptions = {},
    ): Promise<RebuildPlan> {
      try {
        const signal = cancellationSignal();
        return await heartbeating(
          async () => {
            const reading = [
              readFacts(deps, request, signal, { isBeginning: !isUnderWay }),
              readImageQuota(deps.api, request, signal),
            ] as const;
            const [facts, imageQuota] = await Promise.all(reading);
            // Last of all, since a freeze may come while the rest is read.
            const freeze = isUnderWay ? null : await askFreeze(deps.namespace);
            const begun = powerBefore === undefined ? {} : { powerBefore };
            return makePlan({ ...facts, ...begun, imageQuota, freeze, isBeginning: !isUnderWay });
          },
          tellingUnanswered(request.regionId, deps.unanswered),
        );
      } catch (error) {
        throw toApplicationFailure(error, { timing: deps.timing, isTouched: isUnderWay });
      }
    },
  };
}
