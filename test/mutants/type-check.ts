import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Copy } from './copy.js';
import { type Mutant, plantInto } from './mutant.js';

/** Codes of what cannot be meant: what is no TypeScript, and names that there are not. Whatever else the compiler would refuse is what a bug may well be. */
const MISTAKE = /error TS(1\d{3}|2304|2305|2307|2551|2552|2724|18004):/;

/**
 * Mistakes in mutants: what fails for a misspelt name proves no test. Those that keep out of each other's way are planted, and
 * compiled, at once.
 * @returns a line of the compiler for each
 */
export async function mistakesIn(copy: Copy, mutants: readonly Mutant[]): Promise<string[]> {
  const mistakes: string[] = [];
  for (const layer of await layersOf(copy.root, mutants)) {
    const said = await copy.withPlanted(layer, () => runTsc(copy.root));
    mistakes.push(...said.split('\n').filter((line) => MISTAKE.test(line)));
  }
  return mistakes;
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

/** All that the compiler has to say. */
async function runTsc(root: string): Promise<string> {
  const child = spawn(join(root, 'node_modules', '.bin', 'tsc'), ['--pretty', 'false'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  });
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  return await Promise.race([text(child.stdout), failed]);
}
