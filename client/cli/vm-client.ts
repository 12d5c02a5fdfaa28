import { cliDirectory, readCliProfile } from '../../jdcloud/cli-profile.js';
import { parseJdCloudConfig } from '../../jdcloud/config.js';
import { createCredentialProvider } from '../../jdcloud/credentials.js';
import { createVmClient, type VmClient } from '../../jdcloud/vm-client.js';
import { BOUNDED_FILES } from '../../secrets/bounded-files.js';
import type { Env } from './cli-deps.js';

/** JD Cloud's VM API, and what settings say of where it is. */
export interface OpenVmClient {
  readonly api: VmClient;
  readonly endpoint: string;
  /** That of JDCLOUD_REGION or the profile of `jdc`; null without. */
  readonly regionId: string | null;
}

/**
 * JD Cloud as a worker with this environment would reach it.
 * @throws Error that lists what is wrong with the settings
 */
export async function openVmClient(env: Env, timeoutMs: number): Promise<OpenVmClient> {
  const { profile } = await readCliProfile(cliDirectory(), BOUNDED_FILES);
  const { endpoint, regionId } = parseJdCloudConfig(env, profile);
  const credentials = createCredentialProvider({ env, files: BOUNDED_FILES });
  const api = createVmClient({ endpoint, credentials, timeoutMs });
  return { api, endpoint, regionId };
}
