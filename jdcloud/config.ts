import * as z from 'zod';
import type { CliProfile } from './cli-profile.js';
import { DEFAULT_ENDPOINT, parseEndpoint } from './endpoint.js';

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
