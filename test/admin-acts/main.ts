import { parseArgs } from 'node:util';
import { sampleOf } from '../matrix/cells.js';
import { markdownOf, momentRows, tableRows, wordRows } from './render.js';
import { CELLS, cellsThere, renderVerdicts, runCells } from './run-cells.js';
import { openStage } from './stage.js';

const HELP = `Each of Temporal's administrative acts in each phase of a rebuild, as the table of docs/decisions/0023 tells.

  npm run test:acts -- [--only TEXT]... [--sample N] [--seed S] [--list | --table]

  --only TEXT   cells whose name holds TEXT, such as reset-older or /rebuilding; all of several
  --sample N    N cells, chosen by the seed
  --seed S      a whole number; default: drawn, and printed
  --list        names of the cells, and no run
  --table       the tables of the page, as Markdown, and no run`;

const OPTIONS = {
  only: { type: 'string', multiple: true },
  sample: { type: 'string' },
  seed: { type: 'string' },
  list: { type: 'boolean' },
  table: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Options = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** What is to be printed instead of a run; null for a run. */
function textOf({ help, list, table }: Options): string | null {
  if (help === true) return HELP;
  if (list === true) return CELLS.map(({ name }) => name).join('\n');
  return table === true ? [momentRows(), wordRows(), tableRows()].map(markdownOf).join('\n\n') : null;
}

async function run({ only = [], sample, seed: given }: Options): Promise<number> {
  const cleanUps: (() => Promise<void>)[] = [];
  try {
    const stage = await openStage({ after: (cleanUp) => void cleanUps.push(cleanUp) });
    const there = (await cellsThere(stage)).filter(({ name }) => only.every((text) => name.includes(text)));
    const seed = Number(given ?? Date.now() % 1_000_000);
    const cells = sample === undefined ? there : sampleOf(there, Number(sample), seed);
    if (cells.length === 0) throw new Error(`no cell's name holds ${only.join(' and ')}: see --list`);
    console.log(`${cells.length} of ${CELLS.length} cells${sample === undefined ? '' : `, seed ${seed}`}`);
    const startedAt = performance.now();
    const verdicts = await runCells(stage, cells);
    console.log(`${renderVerdicts(verdicts)}\n${Math.round((performance.now() - startedAt) / 1000)} s`);
    return verdicts.some(({ broken }) => broken.length > 0) ? 1 : 0;
  } finally {
    for (const cleanUp of cleanUps) await cleanUp();
  }
}

// The SDK takes these for a wish to stop its workers alone.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const { values } = parseArgs({ options: OPTIONS });
const text = textOf(values);
if (text === null) process.exitCode = await run(values);
else console.log(text);
