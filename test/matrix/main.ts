import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { buildInto } from '../../scripts/build-into.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { sampleOf } from './cells.js';
import { type Matrix, openMatrix, type Verdict } from './matrix.js';
import { mayBeLeftOut, openPairs, type Pairs } from './pairs/pairs.js';
import { countsByGroup, renderVerdicts } from './report.js';
import { siteName } from './sites.js';

const HELP = `The fault matrix: every call of a rebuild, with backup and rollback, x every fault x how long it lasts;
and pairs of faults at every call that changes something: an attempt that failed, then a worker that is gone or a deadline.

  npm run test:matrix -- [--only TEXT]... [--sample N] [--seed S] [--list]

  --only TEXT   cells whose name holds TEXT, such as createImage, rebuild/stopInstance#1/500/once, pair/ or pair/asleep;
                all of several
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

type Named = { readonly name: string };

async function main(scope: Scope): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  if (values.list !== true) await build(scope);
  const matrix = await openMatrix(scope);
  const pairs = await openPairs(scope, matrix.engine);
  const seed = numberOf('--seed', values.seed) ?? Math.floor(Math.random() * 2 ** 31);
  const all: readonly Named[] = [...matrix.cells, ...pairs.cells];
  const found = all.filter(({ name }) => (values.only ?? []).every((text) => name.includes(text)));
  const count = numberOf('--sample', values.sample);
  const cells = count === null ? found : sampleOf(found, count, seed);
  if (cells.length === 0) throw new Error(`no cell's name holds ${(values.only ?? []).join(' and ')}: see --list`);
  if (values.list === true) {
    console.log(cells.map(({ name }) => name).join('\n'));
    return 0;
  }
  // A machine that is too slow to see each stretch of a story finds fewer places, and so runs fewer cells.
  const places = new Set(matrix.cells.map(({ story, site }) => `${story.name}/${siteName(site)}`)).size;
  console.log(`${cells.length} of ${all.length} cells, ${places} places found, ${pairs.cells.length} pairs`);
  if (count !== null) console.log(`seed ${seed}`);
  return await runAll({ matrix, pairs }, new Set(cells));
}

/** What worker processes run, and all workflows. */
async function build(scope: Scope): Promise<void> {
  const path = await buildInto(`.build-matrix-${process.pid}`, 'told');
  defer(scope, () => rm(path, { recursive: true, force: true }));
  process.env['REIMAGE_TEST_BUILD'] = path;
}

/** One after the other: faults that are timed need a machine that keeps up. @returns the exit code */
async function runAll(
  { matrix, pairs }: { readonly matrix: Matrix; readonly pairs: Pairs },
  chosen: ReadonlySet<Named>,
): Promise<number> {
  let left = chosen.size;
  const onVerdict = (verdict: Verdict<Named>) => tell(verdict, --left);
  const run = async <Of extends Named>(what: Runnable<Of>) => {
    const cells = what.cells.filter((cell) => chosen.has(cell));
    if (cells.length === 0) return [];
    const startedAt = performance.now();
    const verdicts = await what.run(cells, onVerdict);
    console.log(countsByGroup(verdicts));
    console.log(renderVerdicts(verdicts, (performance.now() - startedAt) / 1000));
    return verdicts;
  };
  const verdicts: Verdict<Named>[] = [...(await run(matrix)), ...(await run(pairs))];
  if (pairs.left !== null) console.log(`skipped: ${pairs.left.count} pairs, since ${pairs.left.why}`);
  const isBroken = verdicts.some(({ violations }) => violations.length > 0);
  return isBroken || !mayBeLeftOut(pairs, process.env) ? 1 : 0;
}

interface Runnable<Of extends Named> {
  readonly cells: readonly Of[];
  readonly run: (cells: readonly Of[], onVerdict: (verdict: Verdict<Named>) => void) => Promise<Verdict<Of>[]>;
}

/** A line where something is broken, and one now and then. */
function tell({ cell, violations }: Verdict<Named>, left: number): void {
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
