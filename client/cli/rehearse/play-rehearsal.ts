import type { FleetPlan } from '../../../contracts/fleet/fleet-plan.js';
import type { FleetSummary, MemberProgress } from '../../../contracts/fleet/fleet-progress.js';
import type { FleetOperation } from '../../fleet/fleet-operation.js';
import { ReimageError } from '../../reimage-errors.js';
import type { CliClient } from '../cli-deps.js';
import type { Bake } from './rehearsal-clock.js';
import { type Standstill, StandstillWatch } from './standstill.js';

/** What was seen of a fleet that was rehearsed. */
export interface Played {
  /** As it ended, or as it stands still. */
  readonly fleet: FleetOperation;
  /** The last summary before it ended. */
  readonly summary: FleetSummary;
  /** The last wave that it was at while it went forward. */
  readonly wave: FleetSummary['wave'];
  /** How it stands still; null where it ended. */
  readonly standstill: Standstill | null;
  readonly members: readonly MemberProgress[];
  readonly bakes: readonly Bake[];
}

export interface PlayOptions {
  readonly plan: FleetPlan;
  readonly signal: AbortSignal;
  readonly onProgress: (fleet: FleetOperation) => void | Promise<void>;
}

const LOOK_EVERY_MS = 250;

/** Who approves: nobody else's name, so that an approval by another person is one too. */
const APPROVER = 'reimage fleet rehearse';

/**
 * Starts a plan, approves its gates at once, and follows it until it ends or stands still for good.
 * @throws ReimageError · the signal's reason
 */
export async function playRehearsal(client: CliClient, options: PlayOptions): Promise<Played> {
  const { plan, signal, onProgress } = options;
  const started = await client.fleets.start(plan, { replan: false });
  const watch = new StandstillWatch();
  const seen = new Sightings(plan.spec.rollout.bakeSeconds);
  const stands = new AbortController();
  let standstill: Standstill | null = null;
  const look = async (fleet: FleetOperation) => {
    seen.take(fleet);
    await onProgress(fleet);
    const { summary } = fleet;
    if (summary === null) return;
    if (summary.status === 'awaiting-approval') await approve(client, fleet);
    standstill = watch.look(summary, Date.now());
    if (standstill !== null) stands.abort();
  };
  const ended = await client.fleets
    .wait(started, {
      signal: AbortSignal.any([signal, stands.signal]),
      onProgress: look,
      progressIntervalMs: LOOK_EVERY_MS,
    })
    .catch((error: unknown) => {
      if (signal.aborted || !stands.signal.aborted) throw error;
      return null;
    });
  const members = await client.fleets.members(started);
  return { ...seen.all(), fleet: ended ?? seen.last, standstill, members };
}

async function approve(client: CliClient, fleet: FleetOperation): Promise<void> {
  const gate = fleet.summary?.gate?.name;
  if (gate === undefined) return;
  const act = { by: APPROVER, reason: 'a rehearsal waits for nobody', planDigest: fleet.planDigest, gate };
  try {
    await client.fleets.approve(fleet, act);
  } catch (error) {
    // The gate has opened since the look.
    if (!(error instanceof ReimageError) || error.failure.type !== 'DecisionRefused') throw error;
  }
}

/** What the looks at a fleet have shown, kept for its report. */
class Sightings {
  readonly #bakeMs: number;
  readonly #bakes = new Map<number, Bake>();
  #last: FleetOperation | null = null;
  #summary: FleetSummary | null = null;
  #wave: FleetSummary['wave'] | null = null;

  constructor(bakeSeconds: number) {
    this.#bakeMs = bakeSeconds * 1000;
  }

  take(fleet: FleetOperation): void {
    this.#last = fleet;
    const { summary } = fleet;
    if (summary === null) return;
    this.#summary = summary;
    if (summary.status !== 'aborting') this.#wave = summary.wave;
    if (summary.status !== 'baking' || summary.nextEvent === null) return;
    const until = Date.parse(summary.nextEvent.at);
    this.#bakes.set(until, { from: until - this.#bakeMs, until });
  }

  get last(): FleetOperation {
    return known(this.#last);
  }

  all(): Pick<Played, 'summary' | 'wave' | 'bakes'> {
    return { summary: known(this.#summary), wave: known(this.#wave), bakes: [...this.#bakes.values()] };
  }
}

function known<T>(seen: T | null): T {
  if (seen === null) throw new Error('The fleet was over before anything of it was seen.');
  return seen;
}
