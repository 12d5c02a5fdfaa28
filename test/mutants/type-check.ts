import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Copy } from './copy.js';
import { type Mutant, plantInto } from './mutant.js';

/** A mutant may leave things unused. */
const LENIENT = ['--noUnusedLocals', 'false', '--noUnusedParameters', 'false'];

/**
 * What the compiler says against mutants: what fails for a misspelt name proves no test. Those that keep out of each other's
 * way are planted, and checked, at once.
 * @returns a text for each set that has errors
 */
export async function typeErrorsOf(copy: Copy, mutants: readonly Mutant[]): Promise<string[]> {
  const errors: string[] = [];
  for (const layer of await layersOf(copy.root, mutants)) {
    const said = await copy.withPlanted(layer, () => runTsc(copy.root));
    if (said !== null) errors.push(said);
  }
  return errors;
}

/** Sets of mutants that can be planted together. */
async function layersOf(root: string, mutants: readonly Mutant[]): Promise<Mutant[][]> {
  const layers: Mutant[][] = [];
  let left = mutants;
  while (left.length > 0) {
    const sources = new Map<string, string>();
    const layer: Mutant[] = [];
    for (const mutant of left) {
      const source = sources.get(mutant.file) ?? (await readFile(join(root, mutant.file), 'utf8'));
      const planted = tryToPlant(source, mutant);
      if (planted === null && !sources.has(mutant.file)) plantInto(source, mutant); // it applies nowhere: says so
      if (planted === null) continue;
      sources.set(mutant.file, planted);
      layer.push(mutant);
    }
    layers.push(layer);
    left = left.filter((mutant) => !layer.includes(mutant));
  }
  return layers;
}

function tryToPlant(source: string, mutant: Mutant): string | null {
  try {
    return plantInto(source, mutant);
  } catch {
    return null;
  }
}

/** What the compiler has to say; null where that is nothing. */
async function runTsc(root: string): Promise<string | null> {
  const child = spawn(join(root, 'node_modules', '.bin', 'tsc'), LENIENT, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const said = await text(child.stdout);
  return (await exited) === 0 ? null : said;
}
