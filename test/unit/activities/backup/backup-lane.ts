import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createBackupActivities } from '../../../../activities/backup/backup-activities.js';
import type { Timing } from '../../../../activities/runtime/time.js';
import { backupDescription, backupName } from '../../../../contracts/backup.js';
import { createVmReader, type VmReader } from '../../../../jdcloud/reader.js';
import { createVmClient } from '../../../../jdcloud/vm-client.js';
import { region, vm } from '../../../../simulator/model/builders.js';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../../simulator/start-simulator.js';
import { defer, type Scope } from '../../../fixtures/defer.js';
import { NEVER_FROZEN } from '../../../fixtures/never-frozen.js';

export const VM = { regionId: 'cn-north-1', instanceId: 'i-a1' } as const;

const RUN = { runId: '01a20c92-5287-7efb-991e-fea69d7db1c5' } as const;

/** The call of an operation on {@link VM}, as the workflow makes it. */
export const ORDER = {
  vm: VM,
  name: backupName(VM, RUN),
  description: backupDescription(VM, RUN),
  withDataDisks: false,
} as const;

const TIMING: Timing = {
  pollIntervalMs: 20,
  readWindowMs: 2,
  settleMs: 400,
  busyLimitMs: 1_000,
  busyDelayMs: 30,
  throttledDelayMs: 50,
  longestDelayMs: 1_000,
};

export interface LaneOptions extends SimulatorOptions {
  readonly activityTiming?: Partial<Timing>;
  /** What the activities read by, in place of the real reader. */
  readonly readBy?: (reader: VmReader) => VmReader;
  readonly status?: string;
  readonly overrides?: Parameters<typeof vm>[2];
}

/** A cloud of one stopped VM, and the activities over it. What `run` is given is repeated as Temporal would. */
export interface Lane {
  readonly cloud: Simulator;
  readonly activities: ReturnType<typeof createBackupActivities>;
  readonly stopping: AbortController;
  readonly run: <R>(activity: () => Promise<R>) => Promise<R>;
  /** One attempt alone. */
  readonly once: <R>(activity: () => Promise<R>) => Promise<R>;
  /** Everything that was heartbeat, in order. */
  readonly heartbeats: unknown[];
}

export async function startLane(t: Scope, options: LaneOptions = {}): Promise<Lane> {
  const { status = 'stopped', overrides = {}, activityTiming, readBy = (real) => real, ...simulator } = options;
  const state = region({ vms: [vm(VM.instanceId, status, overrides)] });
  const cloud = await startSimulator({ compress: 1000, state, ...simulator });
  defer(t, () => cloud.close());
  const { endpoint, credentials } = cloud;
  const api = createVmClient({ endpoint, credentials: async () => credentials });
  defer(t, () => api.close());
  const timing = { ...TIMING, ...activityTiming };
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const reader = readBy(createVmReader({ api, windowMs: timing.readWindowMs }));
  const activities = createBackupActivities({
    api,
    reader,
    timing,
    stopping: stopping.signal,
    acknowledge: async () => undefined,
    cloudTime: api.answeredAt,
    namespace: NEVER_FROZEN,
  });
  const heartbeats: unknown[] = [];
  return {
    cloud,
    activities,
    stopping,
    heartbeats,
    run: (activity) => attempts(activity, heartbeats),
    once: (activity) => environmentOf({}).run(activity),
  };
}

/** Attempts fail on purpose here: no warnings of them. */
const logger = new DefaultLogger('ERROR');

function environmentOf(info: Partial<Info>): MockActivityEnvironment {
  const now = Date.now();
  const times = { scheduledTimestampMs: now, currentAttemptScheduledTimestampMs: now };
  return new MockActivityEnvironment({ ...times, ...info }, { logger });
}

/** Longest that an activity is repeated. */
const GIVE_UP_MS = 15_000;

/** Repeats an activity as Temporal does: until it succeeds or fails for good, each attempt with the last heartbeat of the one before. */
async function attempts<R>(activity: () => Promise<R>, heartbeats: unknown[]): Promise<R> {
  const scheduledTimestampMs = Date.now();
  let heartbeatDetails: unknown;
  for (let attempt = 1; ; attempt += 1) {
    const currentAttemptScheduledTimestampMs = attempt === 1 ? scheduledTimestampMs : Date.now();
    const environment = environmentOf({
      attempt,
      scheduledTimestampMs,
      currentAttemptScheduledTimestampMs,
      heartbeatDetails,
    });
    environment.on('heartbeat', (details: unknown) => {
      heartbeats.push(details);
      heartbeatDetails = details;
    });
    try {
      return await environment.run(activity);
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.nonRetryable) throw error;
      if (Date.now() - scheduledTimestampMs > GIVE_UP_MS) throw error;
      await delay(Number(error.nextRetryDelay ?? 20));
    }
  }
}

/** Asserts with `assert.rejects`: a final failure of this type whose message matches. */
export function failsAs(type: string, message: RegExp = /./) {
  return (error: unknown) => error instanceof ApplicationFailure && error.type === type && message.test(error.message);
}
