import { cliFiles, type ProfileFiles, readCliProfile } from './cli-profile.js';
import type { Credentials } from './credentials.js';

/** What a source says when asked. `why` ends a sentence and holds no secret. */
type CredentialLookup = { readonly found: Credentials } | { readonly found: null; readonly why: string };

/** A place where credentials may be. Throws an Error when they are there and unusable: then no other place is tried. */
export type CredentialSource = (options: { readonly refresh: boolean }) => Promise<CredentialLookup>;

/** JDCLOUD_ACCESS_KEY, JDCLOUD_SECRET_KEY and JDCLOUD_SESSION_TOKEN. */
export function environmentSource(env: Readonly<Record<string, string | undefined>>): CredentialSource {
  return async () => {
    const [accessKey, secretKey, sessionToken] = ['ACCESS_KEY', 'SECRET_KEY', 'SESSION_TOKEN'].map(
      (name) => env[`JDCLOUD_${name}`]?.trim() || null,
    );
    if (!accessKey && !secretKey) return { found: null, why: 'JDCLOUD_ACCESS_KEY and JDCLOUD_SECRET_KEY are not set' };
    if (!accessKey) throw new Error('JDCLOUD_SECRET_KEY is set but JDCLOUD_ACCESS_KEY is not; set both');
    if (!secretKey) throw new Error('JDCLOUD_ACCESS_KEY is set but JDCLOUD_SECRET_KEY is not; set both');
    return { found: { accessKey, secretKey, ...(sessionToken && { sessionToken }) } };
  };
}

/**
 * The profile in use of the official CLI in `directory`. Read again when either file changes, and on
 * `refresh`. While a rotation has the files half written, the last good credentials stay in use,
 * unless JD Cloud has refused them.
 */
export function cliSource(directory: string, files: ProfileFiles): CredentialSource {
  let last: { readonly stamp: string; readonly credentials: Credentials } | null = null;
  return async ({ refresh }) => {
    const stamp = await stampOf(directory, files);
    if (last !== null && !refresh && last.stamp === stamp) return { found: last.credentials };
    try {
      const read = await readCliCredentials(directory, files);
      if (read.found !== null) last = { stamp, credentials: read.found };
      else if (last !== null && !refresh) return { found: last.credentials };
      return read;
    } catch (error) {
      if (last !== null && !refresh) return { found: last.credentials };
      throw error;
    }
  };
}

async function readCliCredentials(directory: string, files: ProfileFiles): Promise<CredentialLookup> {
  const lookup = await readCliProfile(directory, files);
  if (lookup.profile === null) return { found: null, why: lookup.why };
  const { name, accessKey, secretKey } = lookup.profile;
  const { config } = cliFiles(directory);
  if (accessKey === null) throw new Error(`profile ${name} in ${config} has no access_key`);
  if (secretKey === null) throw new Error(`profile ${name} in ${config} has no secret_key`);
  return { found: { accessKey, secretKey } };
}

// Inode and change time too: a file that was replaced or rewritten within a clock tick is another one.
async function stampOf(directory: string, files: ProfileFiles): Promise<string> {
  const { config, current } = cliFiles(directory);
  const stamps = await Promise.all(
    [config, current]
      .map(async (file) => {
        const { ino, size, mtimeNs, ctimeNs } = await files.stat(file);
        return [ino, size, mtimeNs, ctimeNs].join(':');
      })
      .map((stamp) => stamp.catch(() => 'absent')),
  );
  return stamps.join(' ');
}
