import type { FleetPlan } from '../../../contracts/fleet/fleet-plan.js';
import type { CliDeps } from '../cli-deps.js';
import { fleetView } from '../fleet/follow-fleet.js';
import { changesSince, copyOfRegion } from './copy-region.js';
import { playRehearsal } from './play-rehearsal.js';
import type { CloudCopy } from './read-cloud.js';
import type { RehearsalReport } from './rehearsal-report.js';
import { rehearsedPlan } from './rehearsed-plan.js';
import { rehearsedTimes } from './rehearsed-times.js';
import { reportRehearsal } from './report-rehearsal.js';
import { startStand } from './start-stand.js';

/** What is to be rehearsed. */
export interface Wishes {
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
export async function rehearse(wishes: Wishes, deps: CliDeps, signal: AbortSignal): Promise<RehearsalReport> {
  const { io } = deps;
  const stops: (() => Promise<void>)[] = [];
  try {
    return await onStand(wishes, deps, signal, (stop) => void stops.unshift(stop));
  } finally {
    io.drawn();
    for (const stop of stops) await stop();
  }
}

async function onStand(
  { plan, copy, compress, failing, seed, requestedBy }: Wishes,
  deps: CliDeps,
  signal: AbortSignal,
  defer: (stop: () => Promise<void>) => void,
): Promise<RehearsalReport> {
  const { io, env } = deps;
  const say = (line: string) => io.err(`rehearsal: ${line}`);
  const times = rehearsedTimes(plan);
  const state = copyOfRegion(plan, copy);
  const stand = await startStand({ state, timing: times.timing, compress, failing, env, say, defer, signal });
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
