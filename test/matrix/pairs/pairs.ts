import type { Scope } from '../../fixtures/defer.js';
import type { Verdict } from '../matrix.js';
import type { Engine } from '../shared-worker.js';
import { HAPPENINGS, type PairCell, pairCells } from './pair-cells.js';
import { pairViolationsOf } from './pair-invariants.js';
import { type Approaches, measureApproaches, type PairEvidence, playPairs } from './play-pairs.js';
import { compileSleep } from './sleeping-machine.js';

/** The pairs of faults: the cells that can be run here, and how to run some of them. */
export interface Pairs {
  readonly cells: readonly PairCell[];
  /** Cells that cannot be run here, and why; null where all can. */
  readonly left: { readonly count: number; readonly why: string } | null;
  readonly run: (cells: readonly PairCell[], onVerdict?: (verdict: PairVerdict) => void) => Promise<PairVerdict[]>;
}

export type PairVerdict = Verdict<PairCell>;

/** VMs that share a worker which is killed, frozen or put to sleep. */
const VMS_OF_A_WORKER = 36;
/** Such workers at a time: they mostly wait. */
const WORKERS_AT_ONCE = 4;

/** Finds out what can be run here. Ends with the scope. */
export async function openPairs(scope: Scope, engine: Engine): Promise<Pairs> {
  const { library, whyNot } = await compileSleep(scope);
  const all = pairCells();
  const cells = all.filter(({ happening }) => library !== null || happening !== 'asleep');
  return {
    cells,
    left: whyNot === null ? null : { count: all.length - cells.length, why: whyNot },
    run: (chosen, onVerdict = () => undefined) => runAll(engine, library, chosen, onVerdict),
  };
}

/** Whether what was left out is a failure: CI has to run all. */
export function mayBeLeftOut({ left }: Pick<Pairs, 'left'>, env: NodeJS.ProcessEnv): boolean {
  return left === null || env['CI'] !== 'true';
}

async function runAll(
  engine: Engine,
  library: string | null,
  cells: readonly PairCell[],
  onVerdict: (verdict: PairVerdict) => void,
): Promise<PairVerdict[]> {
  if (cells.length === 0) return [];
  const approaches = await measureApproaches(engine);
  const worlds = HAPPENINGS.flatMap((happening) =>
    chunksOf(
      cells.filter((cell) => cell.happening === happening),
      approaches,
    ).map((chunk) => ({ happening, chunk })),
  );
  const verdicts: PairVerdict[] = [];
  const lane = async () => {
    for (let world = worlds.pop(); world !== undefined; world = worlds.pop()) {
      const { happening, chunk } = world;
      const begunAt = performance.now();
      const seconds = () => (performance.now() - begunAt) / 1000;
      const played = await playPairs(engine, happening, chunk, { approaches, library }).then(
        (evidence) => evidence.map((each) => verdictOf(each, seconds())),
        // The others are played all the same.
        (error: unknown) => chunk.map((cell) => notPlayed(cell, error, seconds())),
      );
      verdicts.push(...played);
      played.forEach(onVerdict);
    }
  };
  await Promise.all(Array.from({ length: WORKERS_AT_ONCE }, lane));
  return verdicts;
}

function notPlayed(cell: PairCell, error: unknown, seconds: number): PairVerdict {
  const message = `it could not be played: ${error instanceof Error ? error.message : String(error)}`;
  return { cell, ends: 'nothing', message, whyUnmet: message, violations: [message], seconds };
}

/** Of VMs that come to their calls alike: on a busy machine a long way takes longer still, and all must be there at once. */
function chunksOf(cells: readonly PairCell[], approaches: Approaches): PairCell[][] {
  const wayMs = ({ call }: PairCell) => approaches.get(call.name)?.ms ?? 0;
  const inOrder = cells.toSorted((a, b) => wayMs(a) - wayMs(b));
  // Equal ones: a last worker with two VMs would cost as much as one with all.
  const size = Math.ceil(cells.length / Math.ceil(cells.length / VMS_OF_A_WORKER));
  return Array.from({ length: size > 0 ? Math.ceil(cells.length / size) : 0 }, (_, nth) =>
    inOrder.slice(nth * size, (nth + 1) * size),
  );
}

function verdictOf(evidence: PairEvidence, seconds: number): PairVerdict {
  const { cell, result, noResult, isStruck } = evidence;
  const violations = pairViolationsOf(evidence);
  return {
    cell,
    ends: result?.failure?.type ?? result?.outcome ?? 'nothing',
    message: result?.failure?.message ?? noResult ?? '',
    whyUnmet: isStruck
      ? null
      : `${cell.call.name}, ${cell.moment}, after ${cell.first}: it was not there when ${cell.happening}`,
    violations,
    seconds,
  };
}
