import type { FleetSummary } from '../../../contracts/fleet/fleet-progress.js';

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
