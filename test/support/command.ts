import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * What node is given to run a program of ours, such as `worker.ts`: the build that test/run.ts has made for all files,
 * as users run it and started at half the cost; or the source, when a file is run by hand.
 */
export function argumentsToRun(source: 'worker.ts' | 'client/cli/main.ts'): string[] {
  const build = process.env['REIMAGE_TEST_BUILD'];
  return build === undefined ? ['--import', 'tsx', join(ROOT, source)] : [join(build, source.replace(/\.ts$/, '.js'))];
}
