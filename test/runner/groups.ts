import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** How files are made into groups. */
export interface GroupOptions {
  /** Files in a process. */
  readonly size: number;
  /** Where the groups are written. */
  readonly directory: string;
  readonly root: string;
  /** What each process imports before its files. */
  readonly first?: string;
}

const NAME = /^group-[\w-]+\.test\.mjs$/;
const IMPORT = /^await import\("(file:[^"]+)"\);$/gm;

/**
 * Lets test files share processes, one after the other: to start a process, to load the SDK and to start a worker cost
 * seconds of a core, and most files run for less.
 * @param name - of the groups
 * @returns files for node's test runner, each of which imports some of ours
 */
export async function inGroups(
  name: string,
  files: readonly string[],
  { size, directory, root, first }: GroupOptions,
): Promise<string[]> {
  const groups: string[] = [];
  for (let from = 0; from < files.length; from += size) {
    const path = join(directory, `group-${name}-${groups.length + 1}.test.mjs`);
    const urls = files.slice(from, from + size).map((file) => pathToFileURL(join(root, file)).href);
    const begin = first === undefined ? '' : `import ${JSON.stringify(pathToFileURL(join(root, first)).href)};\n`;
    await writeFile(path, begin + urls.map((url) => `await import(${JSON.stringify(url)});\n`).join(''));
    groups.push(path);
  }
  return groups;
}

/** The test files of a group, as paths; of a file that is no group, itself. */
export function membersOf(file: string): string[] {
  if (!NAME.test(basename(file))) return [file];
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, url = '']) => fileURLToPath(url));
}
