import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createHealthActivities } from '../../../../activities/health/health-activities.js';
import { DEFAULT_TIMING } from '../../../../activities/runtime/time.js';
import { FailureDetails } from '../../../../contracts/failure-details.js';
import { HealthCheck } from '../../../../contracts/health-check.js';
import type { WaitHeartbeat } from '../../../../contracts/rebuild-result.js';
import { NEVER_FROZEN } from '../../../fixtures/never-frozen.js';

export const VM = { regionId: 'cn-north-1', instanceId: 'i-a1' };

/** One read of the VM: its status, or what the read throws. */
export type Read = string | Error;

export interface LabOptions {
  /** What the reads give, one after the other; the last one repeats. @default running */
  readonly reads?: readonly Read[];
  readonly elasticIp?: string;
  readonly pollIntervalMs?: number;
  readonly attempt?: number;
  /** What an earlier attempt left. */
  readonly heartbeatDetails?: unknown;
}

/** The health activities over a VM on this machine, run as Temporal runs them, one activity a lab. */
export function healthLab(options: LabOptions = {}) {
  const { reads = ['running'], elasticIp, pollIntervalMs = 5, attempt = 1, heartbeatDetails } = options;
  let count = 0;
  const stopping = new AbortController();
  const reader = {
    instance: async (_vm: unknown, { signal }: { signal?: AbortSignal } = {}) => {
      signal?.throwIfAborted();
      const read = reads[Math.min(count, reads.length - 1)] ?? 'running';
      count += 1;
      if (read instanceof Error) throw read;
      const address = { privateIpAddress: '127.0.0.1', elasticIpAddress: elasticIp };
      return { instanceId: VM.instanceId, status: read, imageId: 'img-new', ...address };
    },
  };
  const timing = { ...DEFAULT_TIMING, pollIntervalMs };
  const activities = createHealthActivities({
    reader,
    namespace: NEVER_FROZEN,
    timing,
    env: process.env,
    stopping: stopping.signal,
  });
  const info = { attempt, heartbeatDetails, scheduledTimestampMs: Date.now() };
  const environment = new MockActivityEnvironment(
    { ...scheduledNow(), ...info },
    { logger: new DefaultLogger('ERROR') },
  );
  const beats: WaitHeartbeat[] = [];
  environment.on('heartbeat', (details: WaitHeartbeat) => beats.push(details));
  const run = <Report>(activity: () => Promise<Report>) => environment.run<[], Report, () => Promise<Report>>(activity);
  return {
    beats,
    reads: () => count,
    cancel: () => environment.cancel(),
    stopping: stopping.signal,
    stopWorker: () => stopping.abort(),
    probe: (...checks: HealthCheck[]) => run(() => activities.probeHealth({ vm: VM, checks })),
    /** @param how - milliseconds until the deadline, or what to do meanwhile, inside of the activity */
    check: (check: HealthCheck, how: number | (() => Promise<void>) = 30_000) => {
      const [withinMs, meanwhile] = typeof how === 'number' ? [how, async () => undefined] : [30_000, how];
      const input = { vm: VM, check, deadlineAt: new Date(Date.now() + withinMs).toISOString() };
      return run(async () => (await Promise.all([activities.checkHealth(input), meanwhile()]))[0]);
    },
  };
}

type Pace = Partial<Pick<HealthCheck, 'intervalSeconds' | 'timeoutSeconds' | 'successes' | 'deadlineSeconds'>>;

/** A check that looks many times a second, as no request may ask for. */
export function checkOf(check: object, pace: Pace = {}): HealthCheck {
  return Object.assign(HealthCheck.parse(check), { intervalSeconds: 0.01, ...pace });
}

/** A GET to a server on this machine. */
export const getFrom = ({ port }: { port: number }, pace: Pace = {}) =>
  checkOf({ kind: 'http', url: `http://{privateIp}:${port}/health` }, pace);

/** What an activity failed with. */
export async function failureOf(running: Promise<unknown>): Promise<ApplicationFailure & { facts: FailureDetails }> {
  const error: unknown = await running.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApplicationFailure)) throw error;
  return Object.assign(error, { facts: FailureDetails.parse(error.details?.[0] ?? {}) });
}

/** As an activity that a server has just scheduled. */
function scheduledNow() {
  const now = Date.now();
  return { scheduledTimestampMs: now, currentAttemptScheduledTimestampMs: now };
}
