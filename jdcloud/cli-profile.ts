import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { parse } from 'ini';
import * as z from 'zod';

/** A profile of JD Cloud's official command line `jdc`, as far as we use it. */
export interface CliProfile {
  readonly name: string;
  readonly accessKey: string | null;
  readonly secretKey: string | null;
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

const text = z.string().trim().min(1).nullish().catch(null);
const Section = z.looseObject({ access_key: text, secret_key: text, region_id: text, endpoint: text, scheme: text });
const Sections = z.record(z.string(), z.unknown());

/** Where `jdc` keeps its two files: `~/.jdc`. */
export function cliDirectory(): string {
  return path.join(homedir(), '.jdc');
}

/** The two files of the CLI: `config` has a section for each profile, `current` names the one in use. */
export function cliFiles(directory: string): { readonly config: string; readonly current: string } {
  return { config: path.join(directory, 'config'), current: path.join(directory, 'current') };
}

/**
 * Reads the profile in use, `default` when the file `current` is absent or empty. Throws an Error,
 * without any content, for a file that is there and cannot be read.
 * @see docs/jdcloud.md#credentials: format of jdcloud-cli 1.2
 */
export async function readCliProfile(directory: string): Promise<CliProfileLookup> {
  const files = cliFiles(directory);
  const [config, current] = await Promise.all([readText(files.config), readText(files.current)]);
  if (config === null) return { profile: null, why: `${files.config} does not exist` };
  const name = current?.trim() || 'default';
  const section = Section.safeParse(sectionOf(parse(config), name));
  if (!section.success) return { profile: null, why: `${files.config} has no profile ${name}` };
  const { access_key, secret_key, region_id, endpoint, scheme } = section.data;
  return {
    profile: {
      name,
      accessKey: access_key ?? null,
      secretKey: secret_key ?? null,
      regionId: region_id ?? null,
      endpoint: endpoint ?? null,
      scheme: scheme ?? null,
    },
  };
}

// The INI parser nests a section at each dot of its name; the CLI does not.
function sectionOf(sections: unknown, name: string): unknown {
  return name.split('.').reduce<unknown>((inner, part) => Sections.safeParse(inner).data?.[part], sections);
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new Error(`${file} cannot be read (${String(code)})`, { cause: error });
  }
}
