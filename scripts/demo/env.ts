import { join } from 'node:path';
import type { Simulator } from '../../simulator/start-simulator.js';
import type { DevServer } from '../../temporal/dev-server/dev-server.js';

/** What the demo has started, as far as settings tell of it. */
export interface DemoParts {
  /** Absolute path of the demo's own folder. */
  readonly directory: string;
  readonly server: Pick<DevServer, 'address' | 'uiUrl'>;
  readonly cloud: Pick<Simulator, 'endpoint' | 'credentials'>;
  readonly regionId: string;
}

/**
 * The variables by which worker, CLI and library find the demo's server and cloud. The pauses are a tenth of the
 * defaults, as the simulator is ten times faster than JD Cloud.
 */
export function demoSettings({ directory, server, cloud, regionId }: DemoParts): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: server.address,
    // Absent on purpose: a profile of the person's own temporal.toml must not count.
    TEMPORAL_CONFIG_FILE: join(directory, 'temporal.toml'),
    ...(server.uiUrl !== null && { REIMAGE_TEMPORAL_UI: server.uiUrl }),
    REIMAGE_POLL_INTERVAL_MS: '500',
    REIMAGE_SETTLE_MS: '3000',
    JDCLOUD_ENDPOINT: cloud.endpoint,
    JDCLOUD_REGION: regionId,
    JDCLOUD_ACCESS_KEY: cloud.credentials.accessKey,
    JDCLOUD_SECRET_KEY: cloud.credentials.secretKey,
  };
}
