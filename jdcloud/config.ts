import * as z from 'zod';
import { cliDirectory, type CliProfile, type ProfileFiles, readCliProfile } from './cli-profile.js';
import type { RunCredentialsCommand } from './credentials-command.js';
import { createCredentialProvider } from './credentials.js';

/** Where JD Cloud is, and the region when none is named. */
export interface JdCloudConfig {
  /** Whole base URL. */
  readonly endpoint: string;
  readonly regionId: string | null;
}

// The CLI writes this into every profile and hands it to every product; it is no address of the VM API.
const CLI_PLACEHOLDER = 'www.jdcloud-api.com';

const optionalText = z
  .string()
  .optional()
  .transform((text) => text?.trim() || null);

const Environment = z.object({
  JDCLOUD_ENDPOINT: optionalText.superRefine((endpoint, context) => {
    try {
      if (endpoint !== null) parseEndpoint(endpoint);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    }
  }),
  JDCLOUD_REGION: optionalText.refine((region) => region === null || /^[a-z0-9][a-z0-9-]{0,62}$/.test(region), {
    message: 'JDCLOUD_REGION does not look like a region; give one such as cn-north-1',
  }),
});

/**
 * Reads JDCLOUD_ENDPOINT and JDCLOUD_REGION; what they leave open comes from the CLI's profile, then
 * from JD Cloud's own address. Throws one Error that lists all problems.
 */
export function parseJdCloudConfig(
  env: Readonly<Record<string, string | undefined>>,
  profile: CliProfile | null = null,
): JdCloudConfig {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) throw new Error(parsed.error.issues.map(({ message }) => message).join('\n'));
  const { JDCLOUD_ENDPOINT: endpoint, JDCLOUD_REGION: regionId } = parsed.data;
  return {
    endpoint: endpoint ?? endpointOf(profile) ?? DEFAULT_ENDPOINT,
    regionId: regionId ?? profile?.regionId ?? null,
  };
}

function endpointOf(profile: CliProfile | null): string | null {
  if (profile === null || profile.endpoint === null || profile.endpoint === CLI_PLACEHOLDER) return null;
  const endpoint = `${profile.scheme ?? 'https'}://${profile.endpoint}`;
  try {
    parseEndpoint(endpoint);
  } catch (error) {
    throw new Error(`the endpoint of profile ${profile.name} is not usable; set JDCLOUD_ENDPOINT instead`, {
      cause: error,
    });
  }
  return endpoint;
}

/** JD Cloud's public address of the VM API, for all regions. */
export const DEFAULT_ENDPOINT = 'https://vm.jdcloud-api.com';

/** A parsed base URL of the VM API. */
export interface Endpoint {
  /** Scheme, host and port: `https://vm.jdcloud-api.com`. */
  readonly origin: string;
  /** What the header Host says and the signature covers: host, and port unless it is the scheme's own. */
  readonly host: string;
  /** Decoded path in front of `/v1`, without a slash at its end; empty for JD Cloud itself. */
  readonly pathPrefix: string;
}

/**
 * Reads a base URL. Http is allowed: JD Cloud's addresses inside a VPC have no https.
 * Throws an Error that names JDCLOUD_ENDPOINT and does not repeat the text, which may hold a password.
 */
export function parseEndpoint(text: string): Endpoint {
  const problem = (what: string) =>
    new Error(`JDCLOUD_ENDPOINT ${what}; give a whole base URL, for example ${DEFAULT_ENDPOINT}`);
  if (!URL.canParse(text)) throw problem('is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw problem('is neither an http nor an https URL');
  if (url.username !== '' || url.password !== '') throw problem('must not hold a user name or password');
  if (text.includes('?') || text.includes('#')) throw problem('must not hold a query or fragment');
  if (/%(?![0-9a-f]{2})/i.test(url.pathname)) throw problem('has a stray % in its path');
  return { origin: url.origin, host: url.host, pathPrefix: decodePath(url.pathname, problem) };
}

function decodePath(pathname: string, problem: (what: string) => Error): string {
  try {
    return decodeURIComponent(pathname).replace(/\/+$/, '');
  } catch {
    throw problem('has a path that is not UTF-8');
  }
}

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
