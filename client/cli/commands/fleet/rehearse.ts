import type { Command } from 'commander';
import * as z from 'zod';
import { FAILURES } from '../../../../contracts/failures.js';
import type { FleetPlan } from '../../../../contracts/fleet/fleet-plan.js';
import { InstanceId } from '../../../../contracts/ids.js';
import { oneLine as OneLine } from '../../../../contracts/text.js';
import { ReimageInvalidInputError } from '../../../connection/errors.js';
import { changesSince, copyOfRegion } from '../../../rehearsal/copy-region.js';
import { startRehearsalEnvironment } from '../../../rehearsal/environment.js';
import { chooseFailures } from '../../../rehearsal/inject-failures.js';
import { rehearsedPlan, rehearsedTimes } from '../../../rehearsal/plan.js';
import { type CloudCopy, readCloud } from '../../../rehearsal/read-cloud.js';
import type { RehearsalReport } from '../../../rehearsal/report-schema.js';
import { reportRehearsal } from '../../../rehearsal/report.js';
import { playRehearsal } from '../../../rehearsal/run.js';
import type { CliDeps } from '../../io/deps.js';
import { INTERRUPTED, OK } from '../../io/exit-codes.js';
import { readToStart } from '../../io/read-fleet.js';
import { beforeBegun } from '../../io/terminal.js';
import { outputOption, OUTPUTS, type Parsing } from '../../options/command-table.js';
import { cliCommand, collect } from '../../options/parse-options.js';
import { whoAsks } from '../../options/vm.js';
import { renderRehearsal, staleLines } from '../../render/rehearsal.js';
import { openVmClient } from '../vm-client.js';
import { fleetView } from './follow.js';
import { nothingToDo } from './start.js';

const MORE = `
FILE is a fleet (YAML or JSON), which is planned first, a plan that \`reimage fleet plan\` has saved, or the id of one.
The VMs of the plan are read from JD Cloud, by JDCLOUD_* as a worker has them, and nothing but read. The same workflows
and worker then move their copies in a simulator, on a Temporal server of this command's own, all on this machine, and
gone at its end. Gates are approved at once; health checks and password references are left out: docs/fleet-rehearse.md.

Exit codes: 0 it would go through, 3 it would end before its time or stand still; 130 you ended it by Ctrl-C.

Examples:
  $ reimage fleet rehearse web.yaml
  $ reimage fleet rehearse web-plan.json --fail 3 --seed 7
  $ reimage fleet rehearse web-plan.json --fail-az cn-north-1b --output json`;

/** Defines `reimage fleet rehearse`. */
export function defineFleetRehearse(command: Command, { dispatch }: Parsing): void {
  command
    .argument('<file>', 'fleet file, plan that was saved, or the id of a plan')
    .option('--fail <number>', 'so many VMs fail: they do not come back after their rebuild')
    .option('--fail-az <zones>', 'all VMs of these zones fail, with commas between them; may be repeated', collect)
    .option('--fail-vm <ids>', 'these VMs fail, with commas between them; may be repeated', collect)
    .option('--seed <number>', 'chooses the VMs of --fail; the same seed chooses the same', '1')
    .option('--compress <factor>', 'how many times faster than JD Cloud it runs, 1 to 100', '20')
    .addOption(outputOption())
    .addHelpText('after', MORE)
    .action((file: string, options: object) =>
      dispatch(cliCommand('fleet rehearse', RehearseOptions, runFleetRehearse), { file, ...options }),
    );
}

/** A rehearsal more compressed than this measures how fast this machine is, and not the fleet. */
const MOST_COMPRESS = 100;

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.int().min(min).max(max));

/** Values of an option that may be repeated, or hold several with commas between them. */
const listOf = (each: z.ZodType<string, string>) =>
  z
    .array(z.string())
    .transform((values) => values.flatMap((value) => value.split(',').map((word) => word.trim())))
    .pipe(z.array(each))
    .optional();

/** What stands on the command line of `fleet rehearse`. */
export const RehearseOptions = z.strictObject({
  file: z.string().min(1),
  fail: whole(1, 10_000).optional(),
  failAz: listOf(OneLine(64)),
  failVm: listOf(InstanceId),
  seed: whole(0, 2 ** 31 - 1),
  compress: whole(1, MOST_COMPRESS),
  output: z.enum(OUTPUTS),
});
export type RehearseOptions = z.output<typeof RehearseOptions>;

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
  return await beforeBegun(io, (signal) => client.fleets.plan(toStart.spec, { signal }));
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

/** What is to be rehearsed. */
export interface WhatToRehearse {
  readonly plan: FleetPlan;
  readonly copy: CloudCopy;
  readonly compress: number;
  /** VMs that are to fail, and the seed that they were chosen by. */
  readonly failing: readonly string[];
  readonly seed: number;
  readonly requestedBy: string;
}

/**
 * Plays a plan through on a simulator, a server and a worker of its own, which are all gone when this is over, however
 * it ends.
 * @throws Error that says which part does not start · ReimageError · the signal's reason
 */
export async function rehearse(wishes: WhatToRehearse, deps: CliDeps, signal: AbortSignal): Promise<RehearsalReport> {
  const { io } = deps;
  const stops: (() => Promise<void>)[] = [];
  try {
    return await inEnvironment(wishes, deps, signal, (stop) => void stops.unshift(stop));
  } finally {
    io.drawn();
    for (const stop of stops) await stop();
  }
}

async function inEnvironment(
  { plan, copy, compress, failing, seed, requestedBy }: WhatToRehearse,
  deps: CliDeps,
  signal: AbortSignal,
  defer: (stop: () => Promise<void>) => void,
): Promise<RehearsalReport> {
  const { io, env } = deps;
  const say = (line: string) => io.err(`rehearsal: ${line}`);
  const times = rehearsedTimes(plan);
  const state = copyOfRegion(plan, copy);
  const stand = await startRehearsalEnvironment({
    state,
    timing: times.timing,
    compress,
    failing,
    env,
    say,
    defer,
    signal,
  });
  const client = await deps.connect({ env: stand.env });
  defer(async () => await client[Symbol.asyncDispose]());
  const startedAt = Date.now();
  const foot = [`a rehearsal, ${compress} times faster than JD Cloud; Ctrl-C ends it, and nothing real is touched`];
  const onProgress = fleetView(client, { isLive: true, foot }, io);
  const played = await playRehearsal(client, { plan: rehearsedPlan(plan, compress, requestedBy), signal, onProgress });
  io.undraw();
  return reportRehearsal({
    plan,
    played,
    entries: stand.cloud.journal.entries(),
    times,
    compress,
    failing,
    seed,
    changes: changesSince(plan, copy),
    downBefore: new Set(state.vms.filter(({ status }) => status !== 'running').map(({ instanceId }) => instanceId)),
    startedAt,
    endedAt: Date.now(),
  });
}
