import { cliDirectory, PLAIN_FILES, type ProfileFiles } from './cli-profile.js';
import type { Credentials, CredentialSource, FoundCredentials, TurnedDown } from './credential-source.js';
import { cliSource, environmentSource } from './credential-sources.js';
import { COMMAND_VARIABLE, commandSource, type RunCredentialsCommand } from './credentials-command.js';

/**
 * Gives the credentials for one call; asked before each. With `after` JD Cloud has turned the last ones down, so what is
 * remembered is looked up anew first, within the limits of its source. Rejects with an Error that holds no secret.
 */
export type CredentialProvider = (options?: { readonly after?: TurnedDown }) => Promise<Credentials>;

export interface CredentialProviderOptions {
  /** Used instead of looking anywhere. */
  readonly explicit?: Credentials;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Directory of the official CLI's files. @default JDCLOUD_PROFILE_DIR, or ~/.jdc */
  readonly cliDirectory?: string;
  /** How its files are read. @default without limits */
  readonly files?: ProfileFiles;
  /** Runs JDCLOUD_CREDENTIALS_COMMAND. @default no command is run, and one that is set is an error */
  readonly run?: RunCredentialsCommand;
}

// What can stand in an HTTP header; an access key also ends at a slash.
const VISIBLE = /^[\x21-\x7e]+$/;
const ACCESS_KEY = /^[\x21-\x2e\x30-\x7e]+$/;

/**
 * The credentials of a process, each time with where they come from and when they expire. Exactly one place is asked:
 * what is given explicitly; the command of JDCLOUD_CREDENTIALS_COMMAND; the keys in the environment; the profile that
 * JDCLOUD_PROFILE names; else the profile in use of the official CLI. Command and profile renew: the one before its
 * credentials expire, the other when its files change, both when JD Cloud has refused what they gave.
 * @throws Error that names the variables, when the environment names more than one place; the provider rejects with an
 * Error that says where it looked and what to do
 */
export function createCredentialProvider(
  options: CredentialProviderOptions = {},
): (asked?: { readonly after?: TurnedDown }) => Promise<FoundCredentials> {
  const source = sourceOf(options);
  return async ({ after = null } = {}) => {
    const lookup = await source({ after });
    if (lookup.found !== null) return checked(lookup.found);
    const why = `JDCLOUD_ACCESS_KEY and JDCLOUD_SECRET_KEY are not set; ${lookup.why}`;
    const mend = `Set both, or ${COMMAND_VARIABLE}, or run \`jdc configure add\`, and try again`;
    throw new Error(`no JD Cloud credentials: ${why}. ${mend}`);
  };
}

const KEYS = ['JDCLOUD_ACCESS_KEY', 'JDCLOUD_SECRET_KEY', 'JDCLOUD_SESSION_TOKEN'];

function sourceOf({ explicit, env = process.env, files = PLAIN_FILES, ...options }: CredentialProviderOptions) {
  if (explicit !== undefined) return givenSource(explicit);
  const { cliDirectory: directory = cliDirectory(env), run } = options;
  const isSet = (name: string) => Boolean(env[name]?.trim());
  const [command, profile] = [env[COMMAND_VARIABLE]?.trim(), env['JDCLOUD_PROFILE']?.trim()];
  const set = [COMMAND_VARIABLE, 'JDCLOUD_PROFILE', ...KEYS].filter(isSet);
  const areKeysSet = KEYS.some(isSet);
  if ([Boolean(command), Boolean(profile), areKeysSet].filter(Boolean).length > 1)
    throw new Error(`${set.join(', ')} are set, and credentials can come from one place only: unset the others`);
  if (command) return commandSource(command, run);
  return areKeysSet ? environmentSource(env) : cliSource({ directory, files, profile: profile || null });
}

function givenSource(credentials: Credentials): CredentialSource {
  return async () => ({
    found: { ...credentials, from: 'what the program was given', expiresAt: null, renews: false },
  });
}

function checked(credentials: FoundCredentials): FoundCredentials {
  const { accessKey, secretKey, sessionToken, from } = credentials;
  const bad = [
    ...(ACCESS_KEY.test(accessKey) ? [] : ['access key']),
    ...(VISIBLE.test(secretKey) ? [] : ['secret key']),
    ...(sessionToken === undefined || VISIBLE.test(sessionToken) ? [] : ['session token']),
  ];
  if (bad.length === 0) return credentials;
  throw new Error(`the JD Cloud ${bad.join(' and the ')} of ${from} holds characters that none has, or none at all`);
}
