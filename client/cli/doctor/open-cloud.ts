import axios from 'axios';
import type { FoundCredentials } from '../../../jdcloud/credential-source.js';
import type { Env } from '../cli-deps.js';
import { openVmClient } from '../vm-client.js';
import type { CloudUnderTest } from './check-jdcloud.js';

const TIMEOUT_MS = 5_000;

/** JD Cloud under test, and where the credentials for it come from. */
export interface OpenCloud extends CloudUnderTest {
  readonly credentials: () => Promise<FoundCredentials>;
  readonly close: () => void;
}

/**
 * JD Cloud as a worker with this environment would reach it.
 * @throws Error that lists what is wrong with the settings
 */
export async function openCloud(env: Env, region: string | undefined): Promise<OpenCloud> {
  const { api, endpoint, regionId, credentials } = await openVmClient(env, TIMEOUT_MS);
  return {
    api,
    endpoint,
    credentials: () => credentials(),
    regionId: region ?? regionId ?? 'cn-north-1',
    readDate,
    now: () => new Date(),
    close: () => api.close(),
  };
}

async function readDate(endpoint: string): Promise<string | null> {
  const { headers } = await axios.request<unknown>({
    url: endpoint,
    method: 'HEAD',
    timeout: TIMEOUT_MS,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    maxRedirects: 0,
    proxy: false,
    validateStatus: () => true,
  });
  const date: unknown = headers['date'];
  return typeof date === 'string' ? date : null;
}
