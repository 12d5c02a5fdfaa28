import { cliFiles, type ProfileFiles, readCliProfile } from './cli-profile.js';
import type { CredentialLookup, CredentialSource, FoundCredentials } from './credential-source.js';
import { readExpiration } from './expiration.js';

/** JDCLOUD_ACCESS_KEY, JDCLOUD_SECRET_KEY and JDCLOUD_SESSION_TOKEN. They cannot change under a running process. */
export function environmentSource(env: Readonly<Record<string, string | undefined>>): CredentialSource {
  return async () => {
    const [accessKey, secretKey, sessionToken] = ['ACCESS_KEY', 'SECRET_KEY', 'SESSION_TOKEN'].map(
      (name) => env[`JDCLOUD_${name}`]?.trim() || null,
    );
    const set = secretKey ? 'JDCLOUD_SECRET_KEY' : 'JDCLOUD_SESSION_TOKEN';
    if (!accessKey) throw new Error(`${set} is set but JDCLOUD_ACCESS_KEY is not; set both`);
    if (!secretKey) throw new Error('JDCLOUD_ACCESS_KEY is set but JDCLOUD_SECRET_KEY is not; set both');
    const found = { accessKey, secretKey, from: 'the environment', expiresAt: null, renews: false };
    return { found: { ...found, ...(sessionToken && { sessionToken }) } };
  };
}

/** Which profile of the official CLI, and how its files are read. */
export interface CliSourceOptions {
  readonly directory: string;
  readonly files: ProfileFiles;
  /** Null: the one in use. */
  readonly profile: string | null;
}

/**
 * A profile of the official CLI. Read again when either file changes, and when JD Cloud has turned down what it gave.
 * While a rotation has the files half written, the last good credentials stay in use, unless they were refused by 401.
 */
export function cliSource(options: CliSourceOptions): CredentialSource {
  let last: { readonly stamp: string; readonly credentials: FoundCredentials } | null = null;
  return async ({ after }) => {
    const stamp = await stampOf(options);
    if (after === null && last?.stamp === stamp) return { found: last.credentials };
    const kept = after === 'refused' || last === null ? null : { found: last.credentials };
    try {
      const read = await readCliCredentials(options);
      if (read.found === null) return kept ?? read;
      last = { stamp, credentials: read.found };
      return read;
    } catch (error) {
      if (kept !== null) return kept;
      throw error;
    }
  };
}

async function readCliCredentials({ directory, files, profile }: CliSourceOptions): Promise<CredentialLookup> {
  const lookup = await readCliProfile(directory, files, profile);
  if (lookup.profile === null) return { found: null, why: lookup.why };
  const { name, accessKey, secretKey, sessionToken, expiration } = lookup.profile;
  const where = `profile ${name} in ${cliFiles(directory).config}`;
  if (accessKey === null) throw new Error(`${where} has no access_key`);
  if (secretKey === null) throw new Error(`${where} has no secret_key`);
  const expiresAt = readExpiration(expiration, `${where}: expiration`);
  const found = { accessKey, secretKey, from: `the ${where}`, expiresAt, renews: true };
  return { found: { ...found, ...(sessionToken !== null && { sessionToken }) } };
}

// Inode and change time too: a file that was replaced or rewritten within a clock tick is another one.
async function stampOf({ directory, files }: CliSourceOptions): Promise<string> {
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
