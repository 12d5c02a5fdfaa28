import { type ApiCall, callName, factsWithoutAnswer, oneLine } from './api-call.js';
import { cliDirectory, cliFiles, PLAIN_FILES, type ProfileFiles, readCliProfile } from './cli-profile.js';
import {
  type CredentialLookup,
  type Credentials,
  type CredentialSource,
  type FoundCredentials,
  readExpiration,
  type TurnedDown,
} from './credential-source.js';
import { COMMAND_VARIABLE, commandSource, type RunCredentialsCommand } from './credentials-command.js';
import { CredentialsError } from './errors.js';

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

/**
 * Asks the provider for the credentials of one call. Throws a CredentialsError with what the provider said.
 * @param after - what JD Cloud said to the call when it was signed with the last ones; null before it was sent
 */
export async function askCredentials(
  call: ApiCall<unknown>,
  provider: CredentialProvider,
  after: TurnedDown | null,
): Promise<Credentials> {
  try {
    return await provider(after === null ? {} : { after });
  } catch (error) {
    const why = error instanceof Error ? error.message : 'the credential provider failed';
    const facts = factsWithoutAnswer(call, { mayHaveArrived: false });
    throw new CredentialsError(`${callName(call)}: not sent, ${oneLine(why)}`, facts);
  }
}

/** Whether two credentials would sign alike. */
export function areSameCredentials(one: Credentials, other: Credentials): boolean {
  return (
    one.accessKey === other.accessKey && one.secretKey === other.secretKey && one.sessionToken === other.sessionToken
  );
}

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
