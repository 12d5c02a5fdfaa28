import * as z from 'zod';
import {
  type CredentialLookup,
  type CredentialSource,
  type FoundCredentials,
  readExpiration,
  type TurnedDown,
} from './credential-source.js';

/** The variable that holds the command. */
export const COMMAND_VARIABLE = 'JDCLOUD_CREDENTIALS_COMMAND';

/** Runs a command line to its end and gives what it wrote to its standard output. Rejects with an Error that holds nothing of that. */
export type RunCredentialsCommand = (commandLine: string) => Promise<string>;

/** Clocks of a command's credentials; milliseconds. */
export interface CommandClocks {
  /** The wall clock, since 1970: expirations are held against it. @default Date.now */
  readonly wall?: () => number;
  /** A clock that is never set. @default performance.now */
  readonly steady?: () => number;
}

/** Least time from the end of one run to the next, for each reason. A right that is missing is seldom mended by new keys. */
const PAUSE_MS: Readonly<Record<TurnedDown | 'expiry', number>> = { expiry: 5_000, refused: 5_000, forbidden: 60_000 };

/** How long before their expiration credentials are renewed; at most half of what they last. */
const RENEW_BEFORE_MS = 5 * 60_000;

const text = z.string().trim().min(1);
const Printed = z.looseObject({
  version: z.literal(1).optional(),
  accessKey: text,
  secretKey: text,
  sessionToken: text.nullish(),
  expiration: z.string().nullish(),
});

/**
 * What a command prints: a JSON object with `accessKey`, `secretKey` and, of temporary credentials, `sessionToken` and
 * `expiration`, which are the names of JD Cloud's STS. It is run anew before they expire and when they were refused; one
 * run at a time serves all who ask, and there is a pause between two. While they are good a run that fails harms nobody.
 * @see docs/operator-guide.md#credentials-that-renew
 */
export function commandSource(
  commandLine: string,
  run: RunCredentialsCommand = noCommands,
  clocks: CommandClocks = {},
): CredentialSource {
  const renewing = new Renewing(() => readCommand(commandLine, run), clocks);
  return async ({ after }): Promise<CredentialLookup> => ({ found: await renewing.get(after) });
}

async function noCommands(): Promise<never> {
  throw new Error(`${COMMAND_VARIABLE} is set, and this program runs no commands`);
}

async function readCommand(commandLine: string, run: RunCredentialsCommand): Promise<FoundCredentials> {
  const printed = parsePrinted(await run(commandLine));
  const { accessKey, secretKey, sessionToken, expiration } = printed;
  const expiresAt = readExpiration(expiration ?? null, `${COMMAND_VARIABLE}: expiration in what the command prints`);
  const found = { accessKey, secretKey, from: `the command in ${COMMAND_VARIABLE}`, expiresAt, renews: true };
  return { ...found, ...(sessionToken != null && { sessionToken }) };
}

/** @throws Error that names the fields, and repeats nothing of what was printed */
function parsePrinted(printed: string): z.output<typeof Printed> {
  const fail = (what: string) => new Error(`${COMMAND_VARIABLE}: the command must print JSON; ${what}`);
  let json: unknown;
  try {
    json = JSON.parse(printed);
  } catch {
    throw fail('what it prints is none');
  }
  const parsed = Printed.safeParse(json);
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join('.')))].filter((name) => name !== '');
  if (fields.length === 0) throw fail('what it prints is no object');
  throw fail(`${fields.join(' and ')} ${fields.length === 1 ? 'is' : 'are'} missing or not as it should be`);
}

/** What the last run came to, and when. */
interface Run {
  readonly endedAt: number;
  readonly renewAt: number;
  /** Null: it failed. */
  readonly found: FoundCredentials | null;
  /** Why. */
  readonly error: unknown;
}

/** Credentials that are looked up anew when it is time, by one look-up at a time. */
class Renewing {
  readonly #lookUp: () => Promise<FoundCredentials>;
  readonly #wall: () => number;
  readonly #steady: () => number;
  #last: Run | null = null;
  /** Those of the last run that went well. */
  #found: FoundCredentials | null = null;
  #underWay: Promise<Run> | null = null;

  constructor(
    lookUp: () => Promise<FoundCredentials>,
    { wall = Date.now, steady = () => performance.now() }: CommandClocks,
  ) {
    this.#lookUp = lookUp;
    this.#wall = wall;
    this.#steady = steady;
  }

  /** @throws what the look-up threw, unless there are credentials that JD Cloud may still take */
  async get(after: TurnedDown | null): Promise<FoundCredentials> {
    const found = this.#found;
    if (found !== null && after === null && this.#isGood(found)) {
      if (this.#isDue()) void this.#run();
      return found;
    }
    const last = this.#mayRun(after ?? 'expiry') ? await this.#run() : this.#last;
    // Those that were turned down by 403 are still good for other calls.
    const credentials = last?.found ?? (after === 'forbidden' ? found : null);
    if (credentials === null) throw last?.error;
    return credentials;
  }

  #isGood({ expiresAt }: FoundCredentials): boolean {
    return expiresAt === null || this.#wall() < Date.parse(expiresAt);
  }

  #isDue(): boolean {
    return this.#last !== null && this.#wall() >= this.#last.renewAt && this.#mayRun('expiry');
  }

  #mayRun(why: keyof typeof PAUSE_MS): boolean {
    return this.#last === null || this.#steady() - this.#last.endedAt >= PAUSE_MS[why];
  }

  #run(): Promise<Run> {
    this.#underWay ??= this.#take().finally(() => (this.#underWay = null));
    return this.#underWay;
  }

  async #take(): Promise<Run> {
    const startedAt = this.#wall();
    const result = await this.#lookUp().then(
      (found) => ({ found, error: null }),
      (error: unknown) => ({ found: null, error }),
    );
    this.#found = result.found ?? this.#found;
    this.#last = { ...result, endedAt: this.#steady(), renewAt: renewAt(this.#found, startedAt) };
    return this.#last;
  }
}

function renewAt(found: FoundCredentials | null, gotAt: number): number {
  if (found?.expiresAt == null) return Number.POSITIVE_INFINITY;
  const expiresAt = Date.parse(found.expiresAt);
  return expiresAt - Math.min(RENEW_BEFORE_MS, (expiresAt - gotAt) / 2);
}
