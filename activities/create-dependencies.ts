import { setMaxListeners } from 'node:events';
import { createVmReader } from '../jdcloud/reader.js';
import { createVmClient, type VmClient, type VmClientOptions } from '../jdcloud/vm-client.js';
import { createSecretReader } from '../secrets/secret-reader.js';
import { type Activities, createActivities } from './create-activities.js';
import { DEFAULT_TIMING, type Timing } from './timing.js';
import { createWatcher, type Watcher } from './watcher.js';

export interface DependencyOptions {
  readonly jdcloud: VmClientOptions;
  /** Where `env:` references are looked up, and programs of health checks get PATH, HOME and LANG from. */
  readonly env: NodeJS.ProcessEnv;
  readonly timing?: Partial<Timing>;
  readonly stopping: AbortSignal;
}

export interface Dependencies {
  readonly activities: Activities;
  readonly api: VmClient;
  readonly watcher: Watcher;
  readonly close: () => void;
}

/** Makes what lives as long as the worker process: the client, the shared reads and polls of each region, the activities over them. */
export function createDependencies({ jdcloud, env, timing: given, stopping }: DependencyOptions): Dependencies {
  const timing = { ...DEFAULT_TIMING, ...given };
  // Every wait listens to it; node takes more than ten listeners for a leak.
  setMaxListeners(0, stopping);
  const api = createVmClient(jdcloud);
  const reader = createVmReader({ api, windowMs: timing.readWindowMs });
  const watcher = createWatcher({
    readMany: (regionId, ids, signal) => reader.briefInstances(regionId, ids, { fresh: true, signal }),
    intervalMs: timing.pollIntervalMs,
  });
  const secrets = createSecretReader({ env, where: 'on the worker' });
  const activities = createActivities({ api, reader, watcher, secrets, timing, env, stopping });
  return { activities, api, watcher, close: api.close };
}
