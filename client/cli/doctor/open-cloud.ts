import axios from 'axios';
import type { Env } from '../cli-deps.js';
import { openVmClient } from '../vm-client.js';
import type { CloudUnderTest } from './check-jdcloud.js';

const TIMEOUT_MS = 5_000;

/**
 * JD Cloud as a worker with this environment would reach it.
 * @throws Error that lists what is wrong with the settings
 */
export async function openCloud(env: Env, region: string | undefined): Promise<CloudUnderTest & { close: () => void }> {
  const { api, endpoint, regionId } = await openVmClient(env, TIMEOUT_MS);
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
