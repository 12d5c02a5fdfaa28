import { setMaxListeners } from 'node:events';
import { createVmReader } from '../jdcloud/reader.js';
import { createRegionLimiters, type RegionLimiters } from '../jdcloud/region-limiters.js';
import { createVmClient, type VmClient, type VmClientOptions } from '../jdcloud/vm-client.js';
import { createSecretReader } from '../secrets/secret-reader.js';
import { type Activities, createActivities } from './create-activities.js';
import { createStatusPoller, type StatusPoller } from './polling/poller.js';
import { acknowledgeHeartbeat } from './runtime/heartbeat.js';
import type { Namespace } from './runtime/namespace.js';
import type { AboutWorker } from './runtime/report-activities.js';
import { DEFAULT_TIMING, type Timing } from './runtime/time.js';

export interface DependencyOptions {
  readonly jdcloud: Omit<VmClientOptions, 'limiters'>;
  /** Where `env:` references are looked up, and programs of health checks get PATH, HOME and LANG from. */
  readonly env: NodeJS.ProcessEnv;
  /** The Temporal namespace that the worker works for. */
  readonly namespace: Namespace;
  readonly timing?: Partial<Timing>;
  /** Most calls a minute to each region; null for no cap. @default null */
  readonly callsPerMinute?: number | null;
  readonly stopping: AbortSignal;
  /** What the worker says of itself when it is asked. @default null */
  readonly about?: AboutWorker | null;
}

export interface Dependencies {
  readonly activities: Activities;
  readonly api: VmClient;
  readonly poller: StatusPoller;
  /** What all calls to JD Cloud pass. */
  readonly limiters: RegionLimiters;
  readonly close: () => void;
}

/** Makes what lives as long as the worker process: the client, the shared reads and polls of each region, the activities over them. */
export function createDependencies(options: DependencyOptions): Dependencies {
  const { jdcloud, env, namespace, callsPerMinute = null, stopping, about = null } = options;
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  // Every wait listens to it; node takes more than ten listeners for a leak.
  setMaxListeners(0, stopping);
  const limiters = createRegionLimiters({ callsPerMinute, ...pausesOf(timing) });
  const api = createVmClient({ ...jdcloud, limiters });
  const reader = createVmReader({ api, windowMs: timing.readWindowMs });
  const poller = createStatusPoller({
    readMany: (regionId, ids, signal) => reader.briefInstances(regionId, ids, { fresh: true, signal }),
    intervalMs: timing.pollIntervalMs,
  });
  const secrets = createSecretReader({ env, where: 'on the worker' });
  const { answeredAt: cloudTime, unanswered } = api;
  const acknowledge = acknowledgeHeartbeat;
  const shared = { timing, env, namespace, acknowledge, stopping, about };
  const activities = createActivities({ api, cloudTime, unanswered, reader, poller, secrets, ...shared });
  return { activities, api, poller, limiters, close: api.close };
}

/** JD Cloud counts by the minute: pauses of a second to a minute, and shorter ones where the cloud's time runs faster. */
function pausesOf({ throttledDelayMs }: Timing): { firstPauseMs: number; longestPauseMs: number } {
  const minuteMs = throttledDelayMs * (60_000 / DEFAULT_TIMING.throttledDelayMs);
  return { firstPauseMs: minuteMs / 60, longestPauseMs: minuteMs };
}
