import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { parseSync } from 'oxc-parser';

/** The folders of the product, and the file at its top. */
export const PRODUCT = [
  'worker.ts',
  'workflows',
  'activities',
  'client',
  'temporal',
  'jdcloud',
  'secrets',
  'simulator',
  'contracts',
] as const;

/** A file of the product, by its path from the root, with slashes. */
export interface SourceFile {
  readonly path: string;
  readonly lines: number;
  /** The files of ours that it imports or exports from, as values or types, also when it runs. */
  readonly imports: readonly string[];
  /** The files and packages that are loaded with it: those that it imports values from, not only when it runs. */
  readonly loads: readonly string[];
}

/** Reads all files of the product. @throws Error that names a file that imports one that is not there */
export async function readHouse(root: string): Promise<SourceFile[]> {
  const paths = await listSources(root);
  const known = new Set(paths);
  return await Promise.all(
    paths.map(async (path) => {
      const text = await readFile(join(root, path), 'utf8');
      const { imports, loads } = importsOf(path, text);
      for (const target of imports)
        if (!known.has(target)) throw new Error(`${path} imports ${target}, which is not there.`);
      return { path, lines: text.split('\n').length - 1, imports, loads };
    }),
  );
}

async function listSources(root: string): Promise<string[]> {
  const all: string[] = [];
  for (const entry of PRODUCT) {
    if (entry.endsWith('.ts')) all.push(entry);
    else for (const name of await readdir(join(root, entry), { recursive: true })) all.push(join(entry, name));
  }
  return all
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .toSorted();
}

/** What a file imports: files of ours by their paths from the root, packages by their specifiers. */
function importsOf(path: string, text: string): Pick<SourceFile, 'imports' | 'loads'> {
  const { staticImports, staticExports, dynamicImports } = parseSync(path, text).module;
  const known = [
    ...staticImports.map(({ moduleRequest, entries }) => ({
      specifier: moduleRequest.value,
      isType: entries.length > 0 && entries.every(({ isType }) => isType),
    })),
    ...staticExports
      .flatMap(({ entries }) => entries)
      .flatMap(({ moduleRequest, isType }) => (moduleRequest ? [{ specifier: moduleRequest.value, isType }] : [])),
  ].map(({ specifier, isType }) => ({ target: targetOf(path, specifier), isType }));
  const whenItRuns = dynamicImports.map(({ moduleRequest: { start, end } }) =>
    targetOf(path, text.slice(start + 1, end - 1)),
  );
  const all = [...known.map(({ target }) => target), ...whenItRuns];
  return {
    imports: [...new Set(all.filter((target) => target.endsWith('.ts')))],
    loads: [...new Set(known.filter(({ isType }) => !isType).map(({ target }) => target))],
  };
}

function targetOf(path: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts') : specifier;
}
