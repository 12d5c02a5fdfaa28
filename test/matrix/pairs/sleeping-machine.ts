import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { defer, type Scope } from '../../fixtures/defer.js';

const SOURCE = fileURLToPath(new URL('asleep.c', import.meta.url));
const run = promisify(execFile);

/** What makes a worker's machine one that can sleep. */
export interface SleepingMachine {
  /** Environment of the worker. */
  readonly env: NodeJS.ProcessEnv;
  /** Sets how long it has slept in all: the steady clock of the worker stood still for so long. */
  readonly sleptFor: (ms: number) => Promise<void>;
}

/** The compiled library, or why no machine can be put to sleep here. */
export type Sleep =
  | { readonly library: string; readonly whyNot: null }
  | { readonly library: null; readonly whyNot: string };

/** Compiles what stops a clock. It is kept as long as the scope. */
export async function compileSleep(scope: Scope, compiler = 'cc'): Promise<Sleep> {
  if (process.platform !== 'linux')
    return { library: null, whyNot: `a machine is put to sleep on Linux alone, and this is ${process.platform}` };
  const library = join(await scratch(scope), 'asleep.so');
  try {
    await run(compiler, ['-O2', '-Wall', '-Werror', '-shared', '-fPIC', '-o', library, SOURCE]);
    return { library, whyNot: null };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { library: null, whyNot: `the library that stops a clock was not compiled by ${compiler}: ${said}` };
  }
}

/** A machine for one worker, awake so far. */
export async function createSleepingMachine(scope: Scope, library: string): Promise<SleepingMachine> {
  const slept = join(await scratch(scope), 'slept');
  await writeFile(slept, Buffer.alloc(8));
  return {
    env: { LD_PRELOAD: library, REIMAGE_TEST_ASLEEP: slept },
    sleptFor: async (ms) => {
      // Written in place: the worker has this very file mapped.
      const file = await open(slept, 'r+');
      const bytes = new BigInt64Array([BigInt(Math.round(ms * 1e6))]);
      await file.write(new Uint8Array(bytes.buffer), 0, 8, 0);
      await file.close();
    },
  };
}

async function scratch(scope: Scope): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-asleep-'));
  defer(scope, () => rm(directory, { recursive: true, force: true }));
  return directory;
}
