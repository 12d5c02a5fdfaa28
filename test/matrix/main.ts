import { parseArgs } from 'node:util';
import type { Scope } from '../support/defer.js';
import { sampleOf } from './cells.js';
import { openMatrix, type Verdict } from './matrix.js';
import { renderVerdicts } from './report.js';
import { siteName } from './sites.js';

const HELP = `The fault matrix: every call of a rebuild, with backup and rollback, x every fault x how long it lasts.

  npm run test:matrix -- [--only TEXT]... [--sample N] [--seed S] [--list]

  --only TEXT   cells whose name holds TEXT, such as createImage or rebuild/stopInstance#1/500/once; all of several
  --sample N    N cells, chosen by the seed
  --seed S      a whole number; default: drawn, and printed
  --list        names of the cells, and no run`;

const OPTIONS = {
  only: { type: 'string', multiple: true },
  sample: { type: 'string' },
  seed: { type: 'string' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

async function main(scope: Scope): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const startedAt = performance.now();
  const matrix = await openMatrix(scope);
  const seed = numberOf('--seed', values.seed) ?? Math.floor(Math.random() * 2 ** 31);
  const found = matrix.cells.filter(({ name }) => (values.only ?? []).every((text) => name.includes(text)));
  const count = numberOf('--sample', values.sample);
  const cells = count === null ? found : sampleOf(found, count, seed);
  if (cells.length === 0) throw new Error(`no cell's name holds ${(values.only ?? []).join(' and ')}: see --list`);
  if (values.list === true) {
    console.log(cells.map(({ name }) => name).join('\n'));
    return 0;
  }
  // A machine that is too slow to see each stretch of a story finds fewer places, and so runs fewer cells.
  const places = new Set(matrix.cells.map(({ story, site }) => `${story.name}/${siteName(site)}`)).size;
  console.log(`${cells.length} of ${matrix.cells.length} cells, ${places} places found`);
  if (count !== null) console.log(`seed ${seed}`);
  let left = cells.length;
  const verdicts = await matrix.run(cells, (verdict) => tell(verdict, --left));
  console.log(renderVerdicts(verdicts, (performance.now() - startedAt) / 1000));
  return verdicts.some(({ violations }) => violations.length > 0) ? 1 : 0;
}

/** A line where something is broken, and one now and then. */
function tell({ cell, violations }: Verdict, left: number): void {
  for (const violation of violations) console.error(`matrix: ${cell.name}: ${violation}`);
  if (left % 250 === 0) console.error(`matrix: ${left} cells to go`);
}

function numberOf(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${option} must be a whole number from 1`);
  return number;
}

// The SDK takes these for a wish to stop the worker alone, and all cells would wait for it in vain.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const cleanUps: (() => Promise<void>)[] = [];
try {
  process.exitCode = await main({ after: (cleanUp) => void cleanUps.push(cleanUp) });
} catch (error) {
  console.error(`matrix: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
} finally {
  for (const cleanUp of cleanUps) await cleanUp();
}
