import { FAILURES } from '../../../contracts/failures.js';
import type { FleetPlan } from '../../../contracts/fleet/fleet-plan.js';
import { ReimageInvalidInputError } from '../../reimage-errors.js';
import type { CliDeps } from '../cli-deps.js';
import { INTERRUPTED, OK } from '../exit-codes.js';
import { nothingToDo } from '../fleet/nothing-to-do.js';
import { readToStart } from '../fleet/read-fleet-file.js';
import { openVmClient } from '../vm-client.js';
import { whoAsks } from '../who-asks.js';
import { chooseFailures } from './choose-failures.js';
import { changesSince } from './copy-region.js';
import { type CloudCopy, readCloud } from './read-cloud.js';
import { rehearse } from './rehearse.js';
import type { RehearseOptions } from './rehearse-options.js';
import { renderRehearsal, staleLines } from './render-rehearsal.js';

/** Longest that one read of JD Cloud may take. */
const READ_TIMEOUT_MS = 10_000;

/** Plans or takes the plan, reads its VMs, plays it through on copies of them, tells what that has shown. @throws ReimageError */
export async function runFleetRehearse(options: RehearseOptions, deps: CliDeps): Promise<number> {
  const { io, env } = deps;
  const plan = await planOf(options.file, deps);
  const nothing = nothingToDo(plan, options.output, io);
  if (nothing !== null) return nothing;
  const { compress, seed } = options;
  const failing = chooseFailures(
    plan.rows.filter(({ wave }) => wave !== null),
    options,
  );
  const interrupt = new AbortController();
  const unhear = io.onInterrupt(() => interrupt.abort());
  try {
    const { signal } = interrupt;
    const copy = await copyOf(plan, deps, signal);
    for (const line of staleLines({ changes: changesSince(plan, copy) })) io.err(line);
    const requestedBy = whoAsks(plan.spec.requestedBy, env) ?? 'whoever starts it';
    const wishes = { plan, copy, compress, seed, failing, requestedBy };
    const report = await rehearse(wishes, deps, signal);
    if (options.output === 'json') io.out(JSON.stringify(report));
    else for (const line of renderRehearsal(report)) io.out(line);
    return report.outcome === 'done' ? OK : FAILURES.FleetFailed.exitCode;
  } catch (error) {
    io.drawn();
    if (!interrupt.signal.aborted) throw error;
    io.err('The rehearsal was ended; all that it had started is gone. Nothing real was touched.');
    return INTERRUPTED;
  } finally {
    unhear();
  }
}

async function planOf(file: string, deps: CliDeps): Promise<FleetPlan> {
  const { io } = deps;
  const toStart = await readToStart(file, () => deps.connect(), io);
  if ('plan' in toStart) return toStart.plan;
  await using client = await deps.connect();
  io.err('planning, by the worker of your namespace; nothing is touched');
  return await client.fleets.plan(toStart.spec);
}

async function copyOf(plan: FleetPlan, { io, env }: CliDeps, signal: AbortSignal): Promise<CloudCopy> {
  const { api, endpoint } = await openVmClient(env, READ_TIMEOUT_MS).catch((error: unknown) => {
    throw new ReimageInvalidInputError(error instanceof Error ? error.message : String(error), 'environment');
  });
  try {
    io.err(`reading the VMs of the plan from ${endpoint}; nothing is touched`);
    return await readCloud(api, plan, signal);
  } finally {
    api.close();
  }
}
