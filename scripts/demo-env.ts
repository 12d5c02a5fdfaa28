import { join } from 'node:path';
import type { Simulator } from '../simulator/start-simulator.js';
import type { DevServer } from '../temporal/dev-server.js';

/** Settings that decide which server and which cloud is meant. A person's own must not reach a demo: it might rebuild a real machine. */
const OURS = /^(TEMPORAL|REIMAGE|JDCLOUD)_/;

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

/** The environment of a demo's process: what was inherited, without anyone's settings, and the demo's. */
export function demoEnvironment(
  inherited: NodeJS.ProcessEnv,
  settings: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const others = Object.entries(inherited).filter(([name]) => !OURS.test(name));
  return { ...Object.fromEntries(others), ...settings };
}
