import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** One row of `ps`. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly rssMiB: number;
  readonly cpuSeconds: number;
}

/** What a process and all that descends from it have used. */
export interface TreeUsage {
  readonly peakRssMiB: number;
  /** Processor seconds of those that are still there; what has ended is not in it. */
  readonly cpuSeconds: number;
}

const LOOK_EVERY_MS = 1_000;

/** Looks once a second how much memory a process and its descendants have. Call the function that it returns at the end. */
export function watchTree(root: number): () => Promise<TreeUsage> {
  let peakRssMiB = 0;
  const look = async (): Promise<number> => {
    const tree = descendants(await readProcesses(), root);
    peakRssMiB = Math.max(peakRssMiB, sum(tree.map(({ rssMiB }) => rssMiB)));
    return sum(tree.map(({ cpuSeconds }) => cpuSeconds));
  };
  // A look that fails is made up for by the next one.
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  return async () => {
    clearInterval(timer);
    const cpuSeconds = await look();
    return { peakRssMiB, cpuSeconds };
  };
}

/** The rows of a process and of all that descends from it. Pure. */
export function descendants(rows: readonly ProcessRow[], root: number): ProcessRow[] {
  const found = rows.filter(({ pid }) => pid === root);
  for (const { pid } of found) found.push(...rows.filter(({ parent }) => parent === pid));
  return found;
}

/** Reads what `ps -A -o pid=,ppid=,rss=,time=` prints. Pure. */
export function parseProcesses(text: string): ProcessRow[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, rss, time = ''] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), rssMiB: Number(rss) / 1024, cpuSeconds: secondsOf(time) };
    });
}

/** `[[dd-]hh:]mm:ss[.ff]`, as `ps` writes processor time. */
function secondsOf(time: string): number {
  const [clock = '', days = '0'] = time.split('-').toReversed();
  return Number(days) * 86_400 + clock.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0);
}

async function readProcesses(): Promise<ProcessRow[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss=,time='], { maxBuffer: 2 ** 24 });
  return parseProcesses(stdout);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
