import axios from 'axios';
import { cliDirectory, readCliProfile } from '../../../jdcloud/cli-profile.js';
import { parseJdCloudConfig } from '../../../jdcloud/config.js';
import { createCredentialProvider } from '../../../jdcloud/credentials.js';
import { createVmClient } from '../../../jdcloud/vm-client.js';
import type { Env } from '../cli-deps.js';
import type { CloudUnderTest } from './check-jdcloud.js';

const TIMEOUT_MS = 5_000;

/**
 * JD Cloud as a worker with this environment would reach it.
 * @throws Error that lists what is wrong with the settings
 */
export async function openCloud(env: Env, region: string | undefined): Promise<CloudUnderTest & { close: () => void }> {
  const { profile } = await readCliProfile(cliDirectory());
  const { endpoint, regionId } = parseJdCloudConfig(env, profile);
  const api = createVmClient({ endpoint, credentials: createCredentialProvider({ env }), timeoutMs: TIMEOUT_MS });
  return {
    api,
    endpoint,
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
