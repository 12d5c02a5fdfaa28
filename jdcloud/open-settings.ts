import { cliDirectory, type ProfileFiles, readCliProfile } from './cli-profile.js';
import { type JdCloudConfig, parseJdCloudConfig } from './config.js';
import { createCredentialProvider } from './credentials.js';
import type { RunCredentialsCommand } from './credentials-command.js';

/** What reaches outside the process, for the settings. */
export interface SettingsAccess {
  readonly files: ProfileFiles;
  readonly run: RunCredentialsCommand;
}

/** Where JD Cloud is, and who asks. */
export interface JdCloudSettings extends JdCloudConfig {
  readonly credentials: ReturnType<typeof createCredentialProvider>;
}

/**
 * Reads all settings of JD Cloud: the environment, and what it leaves open from the profile. No credentials are asked
 * for yet.
 * @throws Error that names what is wrong
 */
export async function openJdCloudSettings(
  env: Readonly<Record<string, string | undefined>>,
  { files, run }: SettingsAccess,
): Promise<JdCloudSettings> {
  const credentials = createCredentialProvider({ env, files, run });
  const { profile } = await readCliProfile(cliDirectory(env), files, env['JDCLOUD_PROFILE']?.trim() || null);
  return { ...parseJdCloudConfig(env, profile), credentials };
}
