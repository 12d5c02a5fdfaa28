import { cliDirectory, PLAIN_FILES, type ProfileFiles } from './cli-profile.js';
import { cliSource, environmentSource } from './credential-sources.js';
import type { CredentialSource } from './credential-sources.js';

/** What signs a call. */
export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of temporary credentials; sent and signed as it stands. */
  readonly sessionToken?: string;
}

/**
 * Gives the credentials for one call; asked before each. `refresh` says that JD Cloud refused the
 * last ones with 401, so nothing remembered may be given. Rejects with an Error that holds no secret.
 */
export type CredentialProvider = (options?: { readonly refresh?: boolean }) => Promise<Credentials>;

export interface CredentialProviderOptions {
  /** Used instead of looking anywhere. */
  readonly explicit?: Credentials;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Directory of the official CLI's files. @default ~/.jdc */
  readonly cliDirectory?: string;
  /** How its files are read. @default without limits */
  readonly files?: ProfileFiles;
}

// What can stand in an HTTP header; an access key also ends at a slash.
const VISIBLE = /^[\x21-\x7e]+$/;
const ACCESS_KEY = /^[\x21-\x2e\x30-\x7e]+$/;

/**
 * The credentials by order: explicit, environment, the official CLI's profile in use. Files are read
 * again when they change or JD Cloud refused what they held, so that keys may be rotated under a
 * running worker. Rejects with an Error that says where it looked and what to do.
 */
export function createCredentialProvider(options: CredentialProviderOptions = {}): CredentialProvider {
  const { explicit, env = process.env, cliDirectory: directory = cliDirectory(), files = PLAIN_FILES } = options;
  const sources: readonly CredentialSource[] =
    explicit === undefined
      ? [environmentSource(env), cliSource(directory, files)]
      : [async () => ({ found: explicit })];
  return async ({ refresh = false } = {}) => {
    const misses: string[] = [];
    for (const source of sources) {
      // One place after the other: a later one counts only when the earlier has none.
      // oxlint-disable-next-line no-await-in-loop
      const lookup = await source({ refresh });
      if (lookup.found !== null) return checked(lookup.found);
      misses.push(lookup.why);
    }
    throw new Error(
      `no JD Cloud credentials: ${misses.join('; ')}. Set both variables, or run \`jdc configure add\`, and try again`,
    );
  };
}

function checked(credentials: Credentials): Credentials {
  const { accessKey, secretKey, sessionToken } = credentials;
  const bad = [
    ...(ACCESS_KEY.test(accessKey) ? [] : ['access key']),
    ...(VISIBLE.test(secretKey) ? [] : ['secret key']),
    ...(sessionToken === undefined || VISIBLE.test(sessionToken) ? [] : ['session token']),
  ];
  if (bad.length === 0) return credentials;
  throw new Error(`the JD Cloud ${bad.join(' and the ')} found holds characters that none has, or none at all`);
}
