import { activityInfo } from '@temporalio/activity';
import { type HealthCheck, healthCheckName, type HealthCheckResult } from '../../contracts/health-check.js';
import type { VmRef } from '../../contracts/ids.js';
import type { StepReport } from '../../contracts/rebuild-result.js';
import { observe, toVmState } from '../decisions/observation.js';
import { limitTo } from '../rebuild/wait-until.js';
import { failure, toApplicationFailure } from '../runtime/failure.js';
import { heartbeating } from '../runtime/heartbeat.js';
import { askFreeze, checkFreeze, type Namespace } from '../runtime/namespace.js';
import { attemptScheduledMs, type Timing } from '../runtime/time.js';
import { type CheckDeps, type CheckInput, type CheckReport, checkUntilGood } from './check-health.js';
import { placeOf, probe } from './target.js';

export interface HealthDeps extends CheckDeps {
  readonly namespace: Pick<Namespace, 'freeze'>;
  readonly timing: Timing;
}

export interface ProbeInput {
  readonly vm: VmRef;
  readonly checks: readonly HealthCheck[];
}

export interface ProbeReport extends StepReport {
  /** One for each check, in their order. */
  readonly answers: readonly HealthCheckResult[];
}

/** Tells whether a VM does its work, by looks from the worker. Touches nothing of the VM. */
export function createHealthActivities(deps: HealthDeps) {
  return {
    /**
     * Tells of each check, all at once, whether it is good now. A bad one is an answer, not a failure; of a VM that
     * does not run all are bad, without a look. Takes no longer than the longest deadline of the checks, save for a look under way.
     * The VM may be stopped next, so that a freeze that has come meanwhile is asked for once more.
     * @throws ApplicationFailure VmNotFound · JdCloudUnavailable (retryable) · refusals · DeadlineExceeded · WorkerStopping
     * (retryable) · Frozen · TemporalUnreachable (retryable)
     */
    async probeHealth(input: ProbeInput): Promise<ProbeReport> {
      try {
        return await heartbeating(async () => {
          const report = await probeAll(deps, input);
          await refuseFrozen(deps.namespace);
          return report;
        });
      } catch (error) {
        throw toApplicationFailure(error, { timing: deps.timing });
      }
    },

    /**
     * Waits until one check is good as many times in a row as it asks for, heartbeating what it says.
     * @throws ApplicationFailure HealthCheckFailed at the deadline, or at once when the VM lacks an address that the
     * check needs · DeadlineExceeded when no worker looked before it · VmInError · VmDeleted · ConcurrentChange when
     * the VM was stopped meanwhile · JdCloudUnavailable (retryable) · refusals · WorkerStopping (retryable)
     */
    async checkHealth(input: CheckInput): Promise<CheckReport> {
      try {
        return await checkUntilGood(deps, input);
      } catch (error) {
        throw toApplicationFailure(error, { timing: deps.timing, isTouched: true });
      }
    },
  };
}

async function refuseFrozen(namespace: Pick<Namespace, 'freeze'>): Promise<void> {
  const issues = checkFreeze({ freeze: await askFreeze(namespace) });
  const [frozen] = issues;
  if (frozen !== undefined) throw failure('Frozen', frozen.message, { details: { issues } });
}

async function probeAll({ reader, env, stopping }: HealthDeps, { vm, checks }: ProbeInput): Promise<ProbeReport> {
  const limits = limitTo(stopping, latestEndOf(checks), () =>
    failure('DeadlineExceeded', 'The health checks took longer than they may.'),
  );
  try {
    const instance = await reader.instance(vm, { fresh: true, signal: limits.signal });
    const observed = toVmState(observe(instance, new Date()));
    const aim = { vm, place: placeOf(instance), env };
    const answers =
      observed.status === 'running'
        ? await Promise.all(checks.map((check) => probe(check, aim, limits.signal)))
        : checks.map((check) => ({
            check: healthCheckName(check),
            healthy: false,
            message: `the VM is ${observed.status}`,
          }));
    return { attempt: activityInfo().attempt, apiCalls: [], observed, answers };
  } finally {
    limits.release();
  }
}

/** Longest that reading the VM may take beside the checks. */
const READ_MS = 60_000;

/** When a probe must be over, ISO 8601: every check ends itself at its deadline, but for a look under way. */
function latestEndOf(checks: readonly HealthCheck[]): string {
  const seconds = checks.map(({ deadlineSeconds, timeoutSeconds }) => deadlineSeconds + timeoutSeconds);
  return new Date(attemptScheduledMs() + READ_MS + Math.max(0, ...seconds) * 1000).toISOString();
}
