import { readFile, stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parse } from 'ini';
import * as z from 'zod';
import { fileProblem, utf8Text } from '../contracts/utf8-text.js';

/** A profile of JD Cloud's official command line `jdc`, as far as we use it. */
export interface CliProfile {
  readonly name: string;
  readonly accessKey: string | null;
  readonly secretKey: string | null;
  /** Of temporary credentials: a key of ours, `session_token`, which the CLI lets be. */
  readonly sessionToken: string | null;
  /** As it is written: a key of ours, `expiration`. */
  readonly expiration: string | null;
  readonly regionId: string | null;
  /** Host name, without scheme. */
  readonly endpoint: string | null;
  readonly scheme: string | null;
}

/** What was found in the CLI's directory. */
export type CliProfileLookup =
  | { readonly profile: CliProfile }
  /** `why` ends a sentence: `/home/ops/.jdc/config does not exist`. */
  | { readonly profile: null; readonly why: string };

/** How the files of the CLI are read. A path may be a FIFO, or on a mount that does not answer: who owns the process says what to do then. */
export interface ProfileFiles {
  readonly read: (path: string) => Promise<Uint8Array>;
  readonly stat: (path: string) => Promise<BigIntStats>;
}

/** Without limits. */
export const PLAIN_FILES: ProfileFiles = {
  read: (path) => readFile(path),
  stat: (path) => stat(path, { bigint: true }),
};

const text = z.string().trim().min(1).nullable().default(null).catch(null);
const Section = z.looseObject({
  access_key: text,
  secret_key: text,
  session_token: text,
  expiration: text,
  region_id: text,
  endpoint: text,
  scheme: text,
});
const Sections = z.record(z.string(), z.unknown());

/** Where the two files of `jdc` are: JDCLOUD_PROFILE_DIR, else where it keeps them, `~/.jdc`. */
export function cliDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env['JDCLOUD_PROFILE_DIR']?.trim() || path.join(homedir(), '.jdc');
}

/** The two files of the CLI: `config` has a section for each profile, `current` names the one in use. */
export function cliFiles(directory: string): { readonly config: string; readonly current: string } {
  return { config: path.join(directory, 'config'), current: path.join(directory, 'current') };
}

/**
 * Reads a profile: without a name that in use, which is `default` when the file `current` is absent or empty. Throws an
 * Error, without any content, for a file that is there and cannot be read.
 * @see docs/jdcloud.md#credentials: format of jdcloud-cli 1.2
 */
export async function readCliProfile(
  directory: string,
  { read }: Pick<ProfileFiles, 'read'> = PLAIN_FILES,
  named: string | null = null,
): Promise<CliProfileLookup> {
  const files = cliFiles(directory);
  const [config, current] = await Promise.all([files.config, files.current].map((file) => readText(file, read)));
  if (config == null) return { profile: null, why: `${files.config} does not exist` };
  if (config.trim() === '') return { profile: null, why: `${files.config} is empty` };
  const name = named ?? (current?.trim() || 'default');
  const section = Section.safeParse(sectionOf(parse(config), name));
  const from = named === null ? '' : ', which JDCLOUD_PROFILE names';
  if (!section.success) return { profile: null, why: `${files.config} has no profile ${name}${from}` };
  return { profile: { name, ...toProfile(section.data) } };
}

function toProfile(section: z.output<typeof Section>): Omit<CliProfile, 'name'> {
  return {
    accessKey: section.access_key ?? null,
    secretKey: section.secret_key ?? null,
    sessionToken: section.session_token ?? null,
    expiration: section.expiration ?? null,
    regionId: section.region_id ?? null,
    endpoint: section.endpoint ?? null,
    scheme: section.scheme ?? null,
  };
}

// The INI parser nests a section at each dot of its name; the CLI does not.
function sectionOf(sections: unknown, name: string): unknown {
  return name.split('.').reduce<unknown>((inner, part) => Sections.safeParse(inner).data?.[part], sections);
}

async function readText(file: string, read: ProfileFiles['read']): Promise<string | null> {
  try {
    return utf8Text(await read(file));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new Error(`${file} ${fileProblem(error)}`, { cause: error });
  }
}
