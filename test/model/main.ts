import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ownScope } from '../chaos/own-scope.js';
import { copyProject } from '../mutants/copy.js';
import { defer } from '../support/defer.js';
import { type Exploration, explore } from './explore.js';
import { type Plant, PLANTS } from './plants.js';
import { scenario, WHOLE, WINDOWS } from './scenarios.js';
import type { Scenario } from './state.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const HELP = `Explores every interleaving of a rebuild over the functions that decide, then the windows, then bugs of the past.

--only TEXT    those whose name holds TEXT
--plant TEXT   a bug of the past, in the code as it stands here: for a copy that it was planted into

Exits with 1 when something is wrong, a window is closed, or a bug is not found.`;

/** Looks again and again at how far it is: the whole takes some while. */
function tellProgress(states: number, depth: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${states} states, ${depth} steps from the beginning `);
}

function tell(name: string, { states, depth, wrong }: Exploration, sinceMs: number): void {
  const seconds = Math.round((Date.now() - sinceMs) / 1000);
  console.log(`${name}: ${states} states, depth ${depth}, ${seconds} s${wrong === null ? '' : `: ${wrong.what}`}`);
  for (const what of wrong?.story ?? []) console.log(`    ${what}`);
}

function exploreAndTell(each: Scenario, finds?: RegExp): Exploration {
  const sinceMs = Date.now();
  const found = explore(each, { onProgress: tellProgress, ...(finds !== undefined && { finds }) });
  tell(each.name, found, sinceMs);
  return found;
}

/** @returns whether the bug is found in a copy of the project that has it */
async function isFound(plant: Plant, root: string): Promise<boolean> {
  const args = ['--import', 'tsx', 'test/model/main.ts', '--plant', plant.name];
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code === 0;
}

async function tryPlants(plants: readonly Plant[]): Promise<string[]> {
  if (plants.length === 0) return [];
  // Not before: an exploration hears of no signal, and is to end by it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void scope.end().finally(() => process.exit(130)));
  const copy = await copyProject(ROOT, join(ROOT, `.build-model-${process.pid}`));
  defer(scope, () => copy.remove());
  const missed: string[] = [];
  for (const plant of plants) {
    console.log(`\n${plant.name}: ${plant.why}`);
    const mutant = { ...plant, tests: ['test/model/model.test.ts'] } as const;
    if (!(await copy.withPlanted([mutant], () => isFound(plant, copy.root)))) missed.push(`${plant.name} is not found`);
  }
  return missed;
}

function findPlanted(name: string): number {
  const plant = PLANTS.find((each) => each.name === name);
  if (plant === undefined) throw new Error(`There is no plant ${name}.`);
  const { wrong } = exploreAndTell(scenario(plant.world, plant.bounds), plant.finds);
  return wrong === null ? 1 : 0;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { only: { type: 'string', default: '' }, plant: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  if (values.plant !== undefined) return findPlanted(values.plant);
  const { only } = values;
  const wrong = WHOLE.filter(({ name }) => name.includes(only)).flatMap(
    (each) => exploreAndTell(each).wrong?.what ?? [],
  );
  const windows = WINDOWS.filter(({ window }) => window.includes(only));
  if (windows.length > 0) console.log('\nWhat cannot be ruled out, each with its shortest story:');
  const closed = windows.flatMap(({ window, assumed, scenario: each, finds }) => {
    console.log(`\n${assumed}`);
    return exploreAndTell(each, finds).wrong === null ? [`${window}: no story any more`] : [];
  });
  const missed = await tryPlants(PLANTS.filter(({ name }) => name.includes(only)));
  const all = [...wrong, ...closed, ...missed];
  console.log(all.length === 0 ? '\nNothing is wrong.' : `\n${all.length} wrong:\n${all.join('\n')}`);
  return all.length === 0 ? 0 : 1;
}

const scope = ownScope();
try {
  process.exitCode = await main();
} catch (error) {
  console.error(`model: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
} finally {
  await scope.end();
}
