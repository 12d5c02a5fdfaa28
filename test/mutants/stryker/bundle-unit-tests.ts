import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';
import * as z from 'zod';

const CONFIG = new URL('../../../stryker.config.json', import.meta.url);
const BUNDLED = '.bundled.mjs';

/**
 * Makes one file of each unit test and all that it imports, mutants included. Stryker runs it in its sandbox, once.
 *
 * A mutant costs a process for each test file that comes by it: without a loader, and without modules to look for, it
 * takes a third of the time.
 */
async function bundleUnitTests(): Promise<void> {
  const { tap } = z
    .object({ tap: z.object({ testFiles: z.array(z.string().endsWith(BUNDLED)) }) })
    .parse(JSON.parse(await readFile(CONFIG, 'utf8')));
  await build({
    entryPoints: tap.testFiles.map((path) => path.replace(BUNDLED, '.ts')),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // Beside its source: a test may read files by its own address.
    outdir: '.',
    outbase: '.',
    outExtension: { '.js': BUNDLED },
    // For packages that are no ES modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
}

await bundleUnitTests();
