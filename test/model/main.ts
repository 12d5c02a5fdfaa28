import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ownScope } from '../chaos/own-scope.js';
import { defer } from '../fixtures/defer.js';
import { copyProject } from '../mutants/copy.js';
import { type Exploration, explore } from './explore.js';
import { type Plant, PLANTS } from './plants.js';
import { replay } from './replay/replay.js';
import { parseStoryFile, type StoryFile } from './replay/story-file.js';
import { scenario, WHOLE, WINDOWS } from './scenarios.js';
import type { Scenario } from './state.js';

const scope = ownScope();

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const HELP = `Explores every interleaving of a rebuild over the functions that decide, then the windows, then bugs of the past.

--only TEXT    those whose name holds TEXT
--real         tells each story that is found on a real server, with real workers, before the simulator, too
--replay FILE  tells there the one story in the file, as it was printed here, and explores nothing
--plant TEXT   a bug of the past, in the code as it stands here: for a copy that it was planted into

Exits with 1 when something is wrong, a window is closed, a bug is not found, or a story parts from the real parts. A story with
lines that cannot be told there is named, and counts as nothing.`;

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

/** Tells a story on the real parts. @returns why it did not come to what the model says; null where it did, or cannot be told there */
async function replayAndTell({ scenario: each, story, wrong }: StoryFile): Promise<string | null> {
  endBySignal();
  const { refused, parted, isSo, told } = await replay(scope, each, story, wrong);
  if (refused.length > 0) {
    console.log(`On the real parts it cannot be told:\n${refused.map((why) => `    ${why}`).join('\n')}`);
    return null;
  }
  const what =
    parted === null ? `${isSo === true ? 'it is so' : 'it is not so'}: ${told}` : `they part from it at ${parted}`;
  console.log(`On the real parts: ${what}`);
  return isSo === true ? null : `${each.name}: ${what}`;
}

/** A story that was found, on the real parts where that is asked for. */
async function replayFound(each: Scenario, { wrong }: Exploration, isReal: boolean): Promise<string[]> {
  if (!isReal || wrong === null) return [];
  const why = await replayAndTell({ scenario: each, story: wrong.story, wrong: wrong.what });
  return why === null ? [] : [why];
}

/** @returns whether the bug is found in a copy of the project that has it */
async function isFound(plant: Plant, root: string, isReal: boolean): Promise<boolean> {
  const args = ['--import', 'tsx', 'test/model/main.ts', '--plant', plant.name, ...(isReal ? ['--real'] : [])];
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code === 0;
}

async function tryPlants(plants: readonly Plant[], isReal: boolean): Promise<string[]> {
  if (plants.length === 0) return [];
  endBySignal();
  const copy = await copyProject(ROOT, join(ROOT, `.build-model-${process.pid}`));
  defer(scope, () => copy.remove());
  const missed: string[] = [];
  for (const plant of plants) {
    console.log(`\n${plant.name}: ${plant.why}`);
    const mutant = { ...plant, tests: ['test/model/model.test.ts'] } as const;
    if (!(await copy.withPlanted([mutant], () => isFound(plant, copy.root, isReal))))
      missed.push(`${plant.name}: not found, or not so on the real parts`);
  }
  return missed;
}

/** Not before it is needed: an exploration hears of no signal, and is to end by it. */
function endBySignal(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void scope.end().finally(() => process.exit(130)));
}

async function findPlanted(name: string, isReal: boolean): Promise<number> {
  const plant = PLANTS.find((each) => each.name === name);
  if (plant === undefined) throw new Error(`There is no plant ${name}.`);
  const each = scenario(plant.world, plant.bounds);
  const found = exploreAndTell(each, plant.finds);
  const parted = await replayFound(each, found, isReal);
  return found.wrong === null || parted.length > 0 ? 1 : 0;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      real: { type: 'boolean', default: false },
      replay: { type: 'string' },
      plant: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const { only, real } = values;
  if (values.plant !== undefined) return await findPlanted(values.plant, real);
  if (values.replay !== undefined)
    return (await replayAndTell(parseStoryFile(await readFile(values.replay, 'utf8')))) === null ? 0 : 1;
  const wrong = WHOLE.filter(({ name }) => name.includes(only)).flatMap(
    (each) => exploreAndTell(each).wrong?.what ?? [],
  );
  const windows = WINDOWS.filter(({ window }) => window.includes(only));
  if (windows.length > 0) console.log('\nWhat cannot be ruled out, each with its shortest story:');
  const closed: string[] = [];
  for (const { window, assumed, scenario: each, finds } of windows) {
    console.log(`\n${assumed}`);
    const found = exploreAndTell(each, finds);
    if (found.wrong === null) closed.push(`${window}: no story any more`);
    closed.push(...(await replayFound(each, found, real)));
  }
  const missed = await tryPlants(
    PLANTS.filter(({ name }) => name.includes(only)),
    real,
  );
  const all = [...wrong, ...closed, ...missed];
  console.log(all.length === 0 ? '\nNothing is wrong.' : `\n${all.length} wrong:\n${all.join('\n')}`);
  return all.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`model: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
} finally {
  await scope.end();
}
