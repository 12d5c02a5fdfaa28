import { setTimeout as delay } from 'node:timers/promises';
import type { Scope } from '../fixtures/defer.js';
import { type Cell, cellsOf, ownSites, STORIES } from './cells.js';
import { isStruck, violationsOf } from './invariants.js';
import { type Engine, type SharedWorker, startSharedWorker } from './shared-worker.js';
import { isChange, sitesOf } from './sites.js';
import { runStory } from './story-run.js';
import { whyUnmet } from './unmet.js';
import { openWorld } from './world.js';

/** What came of one cell. */
export interface Verdict<Of extends { readonly name: string } = Cell> {
  readonly cell: Of;
  /** `done`, or the type of the failure. */
  readonly ends: string;
  readonly message: string;
  /** Why the cell's fault met no call; null when it met one. */
  readonly whyUnmet: string | null;
  readonly violations: readonly string[];
  readonly seconds: number;
}

/** The matrix: its cells, and how to run some of them. */
export interface Matrix {
  /** The Temporal server that it runs on. */
  readonly engine: Engine;
  readonly cells: readonly Cell[];
  readonly run: (cells: readonly Cell[], onVerdict?: (verdict: Verdict) => void) => Promise<Verdict[]>;
}

/** Cells at a time. Those that last until a deadline mostly wait. */
const LONG_AT_ONCE = 90;
const SHORT_AT_ONCE = 60;

/** VMs of one region that are rebuilt at once, over one client. */
const VMS_OF_A_WORLD = 15;

/** Starts a worker and finds out, by one run of each story, where a call can go wrong. Ends with the scope. */
export async function openMatrix(scope: Scope): Promise<Matrix> {
  const worker = await startSharedWorker(scope);
  const cells: Cell[] = [];
  for (const story of STORIES) {
    const world = await openWorld(1);
    worker.join(world);
    const [instanceId = ''] = world.instanceIds;
    const { result, noResult } = await runStory(worker, world, instanceId, story);
    const ends = result?.failure?.type ?? result?.outcome;
    if (ends !== story.ends) throw new Error(`Story ${story.name} ended ${ends ?? noResult}, not ${story.ends}.`);
    const sites = sitesOf(world.cloud.journal.entries(), result?.timeline ?? []);
    cells.push(...cellsOf(story, ownSites(story, sites)));
    worker.leave(world);
    await world.close();
  }
  return {
    engine: worker.engine,
    cells,
    run: (chosen, onVerdict = () => undefined) => runAll(worker, chosen, onVerdict),
  };
}

async function runAll(
  worker: SharedWorker,
  cells: readonly Cell[],
  onVerdict: (verdict: Verdict) => void,
): Promise<Verdict[]> {
  const isLong = ({ span }: Cell) => span === 'to-deadline';
  const run = async (batch: readonly Cell[]) => {
    const verdicts = await runInOneWorld(worker, batch);
    verdicts.forEach(onVerdict);
    return verdicts;
  };
  const [long, short] = [cells.filter(isLong), cells.filter((cell) => !isLong(cell))];
  const lanes = [inParallel(batchesOf(long), LONG_AT_ONCE, run), inParallel(batchesOf(short), SHORT_AT_ONCE, run)];
  return (await Promise.all(lanes)).flat(2);
}

/**
 * Cells that may share a region and its client: those whose fault meets one VM's own calls. A fault of a shared read
 * would strike all who read, and throttling slows the whole region down: such a cell has a region to itself.
 */
function batchesOf(cells: readonly Cell[]): Cell[][] {
  const mayShare = ({ site, kind }: Cell) => isChange(site) && !('throttle' in kind);
  const shared = cells.filter(mayShare);
  const chunks = Array.from({ length: Math.ceil(shared.length / VMS_OF_A_WORLD) }, (_, index) =>
    shared.slice(index * VMS_OF_A_WORLD, (index + 1) * VMS_OF_A_WORLD),
  );
  return [...chunks, ...cells.filter((cell) => !mayShare(cell)).map((cell) => [cell])];
}

async function runInOneWorld(worker: SharedWorker, cells: readonly Cell[]): Promise<Verdict[]> {
  const world = await openWorld(cells.length);
  worker.join(world);
  const judge = async (cell: Cell, index: number): Promise<Verdict> => {
    const startedAt = performance.now();
    const evidence = await runStory(worker, world, world.instanceIds[index] ?? '', cell.story, cell);
    const { result } = evidence;
    return {
      cell,
      ends: result?.failure?.type ?? result?.outcome ?? 'nothing',
      message: result?.failure?.message ?? '',
      whyUnmet: isStruck(evidence, cell) ? null : whyUnmet(evidence, cell),
      violations: violationsOf(evidence, cell),
      seconds: (performance.now() - startedAt) / 1000,
    };
  };
  try {
    return await Promise.all(cells.map(judge));
  } finally {
    worker.leave(world);
    await world.close();
  }
}

/** Runs batches in their order, so that no more than `atOnce` cells are under way; a batch that is larger goes alone. */
async function inParallel<T>(
  batches: readonly (readonly Cell[])[],
  atOnce: number,
  run: (batch: readonly Cell[]) => Promise<T>,
): Promise<T[]> {
  const results: Promise<T>[] = [];
  const underWay = new Set<Promise<unknown>>();
  let cells = 0;
  for (const batch of batches) {
    while (underWay.size > 0 && cells + batch.length > atOnce) await Promise.race(underWay);
    await untilCalm();
    cells += batch.length;
    const running = run(batch).finally(() => {
      cells -= batch.length;
      underWay.delete(running);
    });
    underWay.add(running);
    results.push(running);
  }
  return await Promise.all(results);
}

/** A timer that comes no later than this tells that the machine keeps up. */
const CALM_MS = 60;
const LONGEST_UNREST_MS = 10_000;

/** More work at once than the machine can do would show as timeouts in cells that are about other faults. */
async function untilCalm(): Promise<void> {
  const begunAt = performance.now();
  for (let late = Infinity; late > CALM_MS && performance.now() - begunAt < LONGEST_UNREST_MS;) {
    const askedAt = performance.now();
    await delay(10);
    late = performance.now() - askedAt - 10;
  }
}
