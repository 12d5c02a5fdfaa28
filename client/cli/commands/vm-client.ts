import { type JdCloudSettings, openJdCloudSettings } from '../../../jdcloud/config.js';
import { createVmClient, type VmClient } from '../../../jdcloud/vm-client.js';
import { settingsAccess } from '../../../secrets/secret-reader.js';
import type { Env } from '../io/deps.js';

/** JD Cloud's VM API, and what settings say of where it is: `regionId` is null where neither they nor the profile do. */
export interface OpenVmClient extends JdCloudSettings {
  readonly api: VmClient;
}

/**
 * JD Cloud as a worker with this environment would reach it.
 * @throws Error that lists what is wrong with the settings
 */
export async function openVmClient(env: Env, timeoutMs: number): Promise<OpenVmClient> {
  const settings = await openJdCloudSettings(env, settingsAccess(env));
  const { endpoint, credentials } = settings;
  return { ...settings, api: createVmClient({ endpoint, credentials, timeoutMs }) };
}
