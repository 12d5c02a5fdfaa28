import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import type { FleetSummary, MemberProgress } from '../../contracts/fleet/fleet-progress.js';
import type { CliClient } from '../cli/io/deps.js';
import { ReimageError } from '../connection/errors.js';
import type { FleetOperation } from '../fleets/operation.js';
import type { Bake } from './timeline.js';

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
  const seen = new Observations(plan.spec.rollout.bakeSeconds);
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
class Observations {
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

/**
 * How a fleet stands still: `pause`, until somebody resumes it; `held`, until somebody decides on a VM; `blocked`, when
 * its limits let no further VM be started, and nothing that it does will change that.
 */
export type StandstillKind = 'pause' | 'held' | 'blocked';

/** A fleet that stands still for good, and what it says of that. */
export interface Standstill {
  readonly kind: StandstillKind;
  readonly reason: string;
  /** Since when, in milliseconds of this machine's clock: the look that has shown it first. */
  readonly since: number;
}

/** How long nothing may change until a fleet counts as one that waits for good: longer than any of its looks takes. */
const STILL_MS = 8_000;

/** Tells when a fleet, looked at again and again, stands still for good. Nobody is there to help it on. */
export class StandstillWatch {
  #seen = '';
  #since = 0;
  /** What it has said since, and how often: while it looks again at its VMs, it says only that. */
  #reasons = new Map<string, number>();

  /** @returns how it stands still; null while it moves, or may yet */
  look(summary: FleetSummary, now: number): Standstill | null {
    const kind = standstillOf(summary);
    const seen = kind === null ? '' : `${kind} ${JSON.stringify(summary.counts)}`;
    if (seen !== this.#seen) {
      this.#since = now;
      this.#reasons = new Map();
    }
    this.#seen = seen;
    this.#reasons.set(summary.reason, (this.#reasons.get(summary.reason) ?? 0) + 1);
    if (kind === null) return null;
    // A pause is said by the fleet itself; the others show in that nothing comes.
    return kind === 'pause' || now - this.#since >= STILL_MS
      ? { kind, reason: this.#reason(), since: this.#since }
      : null;
  }

  #reason(): string {
    const [most] = [...this.#reasons].toSorted(([, a], [, b]) => b - a);
    return most?.[0] ?? '';
  }
}

/** What a fleet may be standing still for at one look. Its bakes and gates end by themselves here. Pure. */
export function standstillOf({ status, counts }: Pick<FleetSummary, 'status' | 'counts'>): StandstillKind | null {
  if (counts.rebuilding > 0) return null;
  if (status === 'paused') return 'pause';
  if (status !== 'waiting' && status !== 'aborting') return null;
  return counts.held > 0 ? 'held' : 'blocked';
}
