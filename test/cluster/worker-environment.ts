import { join } from 'node:path';
import { ownEnvironment } from '../../client/rehearsal/environment.js';
import type { Simulator } from '../../simulator/start-simulator.js';

/** Environment of workers and client: ours alone, and nothing of the tester's own settings. */
export function workerEnvironment(parts: {
  readonly directory: string;
  /** Of the balancer. */
  readonly address: string;
  readonly cloud: Simulator;
}): NodeJS.ProcessEnv {
  const { directory, address, cloud } = parts;
  return ownEnvironment(process.env, {
    TEMPORAL_ADDRESS: address,
    // Absent on purpose: a profile of the person's own temporal.toml must not count.
    TEMPORAL_CONFIG_FILE: join(directory, 'temporal.toml'),
    REIMAGE_TASK_QUEUE: 'cluster',
    REIMAGE_POLL_INTERVAL_MS: '500',
    REIMAGE_SETTLE_MS: '3000',
    JDCLOUD_ENDPOINT: cloud.endpoint,
    JDCLOUD_ACCESS_KEY: cloud.credentials.accessKey,
    JDCLOUD_SECRET_KEY: cloud.credentials.secretKey,
  });
}
