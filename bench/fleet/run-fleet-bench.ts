import { cpus, loadavg, totalmem } from 'node:os';
import type { FleetBench } from './fleet-bench.js';
import type { FleetReport } from './report.js';
import { runAnsible } from './run-ansible.js';
import { runReimage } from './run-reimage.js';

/** Moves a fleet by us and another one by a playbook, one after the other on the same machine. */
export async function runFleetBench(bench: FleetBench): Promise<FleetReport> {
  const startedAt = new Date().toISOString();
  const loadBefore = load();
  const reimage = await runReimage(bench);
  const loadBetween = load();
  const ansible = await runAnsible(bench);
  const machine = {
    cores: cpus().length,
    memoryGiB: totalmem() / 2 ** 30,
    node: process.version,
    load: [loadBefore, loadBetween, load()],
  };
  return { startedAt, bench, machine, reimage, ansible };
}

/** Processes that ran or wanted to, mean of the last minute. */
function load(): number {
  return loadavg()[0] ?? Number.NaN;
}
