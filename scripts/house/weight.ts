import type { SourceFile } from './read-house.js';

/**
 * The packages that may be loaded with a file: what everybody waits for, or what a portal has to bundle. A merge of two
 * files must not bring the worker into the library, or zod into the help.
 */
const MAY_LOAD: Readonly<Record<string, readonly string[]>> = {
  'client/cli/main.ts': ['commander', 'string-width'],
  'client/cli/commands/rebuild.ts': [
    '@temporalio/client',
    '@temporalio/common',
    '@temporalio/proto',
    'commander',
    'string-width',
    'zod',
  ],
  'client/index.ts': [
    '@temporalio/client',
    '@temporalio/common',
    '@temporalio/envconfig',
    '@temporalio/proto',
    'luxon',
    'yaml',
    'zod',
  ],
};

/** Packages beyond Node that are loaded with a file and all that it loads, without what is behind a slash. */
export function packagesLoadedBy(files: readonly SourceFile[], start: string): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const seen = new Set<string>();
  const visit = (target: string): void => {
    if (seen.has(target)) return;
    seen.add(target);
    for (const each of byPath.get(target)?.loads ?? []) visit(each);
  };
  visit(start);
  const packages = [...seen].filter((target) => !target.endsWith('.ts') && !target.startsWith('node:'));
  return [...new Set(packages.map((specifier) => specifier.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? specifier))].toSorted();
}

/** What is loaded and may not be, each as `client/index.ts loads axios`. */
export function tooHeavy(files: readonly SourceFile[]): string[] {
  return Object.entries(MAY_LOAD).flatMap(([start, allowed]) =>
    packagesLoadedBy(files, start)
      .filter((name) => !allowed.includes(name))
      .map((name) => `${start} loads ${name}`),
  );
}
