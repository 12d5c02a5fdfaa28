import { ApplicationFailure, TemporalFailure } from '@temporalio/workflow';
import { type HealthCheck, healthCheckName } from '../../contracts/health-check.js';
import { vmOf } from '../../contracts/ids.js';
import type { RebuildPlan } from '../../contracts/rebuild-plan.js';
import { factsOf } from '../runtime/failures.js';
import { activitiesUnder } from '../runtime/retry-policies.js';
import type { Run } from './run.js';

/**
 * Makes the health checks before anything is touched, so that a VM that was sick already is told apart.
 * @throws ApplicationFailure UnhealthyBefore where health was required
 */
export async function checkHealthBefore({ request, record }: Run, plan: RebuildPlan): Promise<void> {
  const { healthChecks: checks, requireHealthyBefore } = request;
  if (checks.length === 0) return;
  if (plan.power.before === 'stopped') {
    if (requireHealthyBefore) throw unhealthy('The VM is stopped: its health cannot be checked.');
    return;
  }
  record.restartDeadline(probeSeconds(checks));
  const probes = activitiesUnder('probe', record.remainingMs);
  const { answers } = record.note('probe', await probes.probeHealth({ vm: vmOf(request), checks }));
  record.wayBack.healthBefore(answers);
  const bad = answers.filter(({ healthy }) => !healthy).map(({ check, message }) => `${check}: ${message}`);
  if (bad.length > 0 && requireHealthyBefore) throw unhealthy(`The VM fails its health checks: ${bad.join('; ')}.`);
}

/** How long the slowest check may take: two looks beyond those that must be good. Beside it, time for reading the VM. */
function probeSeconds(checks: readonly HealthCheck[]): number {
  const seconds = checks.map((check) => (check.successes + 2) * (check.intervalSeconds + check.timeoutSeconds));
  return Math.max(...seconds) + READING_SECONDS;
}

const READING_SECONDS = 60;

function unhealthy(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'UnhealthyBefore', message, nonRetryable: true });
}

/**
 * Makes the health checks on the VM that is back, one after the other.
 * @param spareSick - leave out what was bad before anything was touched: a rollback cannot mend that
 * @throws ActivityFailure of HealthCheckFailed and of what else ended a check
 */
export async function checkHealthAfter(
  run: Run,
  power: 'running' | 'stopped',
  { spareSick = false } = {},
): Promise<void> {
  const { request, record } = run;
  if (request.healthChecks.length === 0) return;
  if (power === 'stopped') return record.wayBack.healthUnchecked('The VM is left stopped: its health was not checked.');
  const vm = vmOf(request);
  record.wayBack.healthBegins();
  for (const [index, check] of request.healthChecks.entries()) {
    if (spareSick && record.wayBack.wasSick(index)) continue;
    record.restartDeadline(check.deadlineSeconds);
    try {
      const waits = activitiesUnder('wait', record.remainingMs);
      const report = await waits.checkHealth({ vm, check, deadlineAt: record.deadlineAt });
      record.wayBack.healthAfter(record.note(`health-${index + 1}`, report).answer);
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      const { message, details } = factsOf(error, record.phase);
      record.wayBack.healthAfter(details.health ?? { check: healthCheckName(check), healthy: false, message });
      throw error;
    }
  }
}
