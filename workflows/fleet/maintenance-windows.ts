import type { WindowOccurrence } from '../../contracts/fleet/maintenance.js';
import type { NotAfter } from '../../contracts/rebuild-request.js';
import type { Blocker } from './blockers.js';

const DAY_MS = 24 * 3_600_000;

/** The maintenance windows of a fleet, as far as their openings are known. Pure but for the clock. */
export class Windows {
  readonly #takesMs: number;
  readonly #clock: () => number;
  #occurrences: readonly WindowOccurrence[] = [];
  /** When the known openings are over. */
  #knownUntil = 0;
  /** Openings that close by then start no VM any more. */
  #shutUntil = 0;

  /** @param takesSeconds - how long nine of ten rebuilds take: what would not be over before a close is not started */
  constructor(takesSeconds: number, clock: () => number = Date.now) {
    this.#takesMs = takesSeconds * 1000;
    this.#clock = clock;
  }

  /** Whether later openings have to be read before anything is decided. */
  get isUsedUp(): boolean {
    return this.#clock() >= this.#knownUntil;
  }

  /** Takes in the next openings, in their order. */
  know(openings: readonly WindowOccurrence[]): void {
    this.#occurrences = openings;
    this.#knownUntil = Date.parse(openings.at(-1)?.closesAt ?? '') || this.#clock() + DAY_MS;
  }

  /**
   * A rebuild that was started in the opening found it over. Nothing more is started in it, whatever the clock of the
   * workflow says: a worker whose clock is another one would refuse it again and again.
   */
  shut({ erase }: NotAfter): void {
    this.#shutUntil = Math.max(this.#shutUntil, Date.parse(erase));
  }

  /** Until when a rebuild that is started now may begin, and erase. Where none may be started that is over already. */
  get notAfter(): NotAfter {
    const opening = this.#fitting();
    if (opening === null) return { begin: new Date(0).toISOString(), erase: new Date(0).toISOString() };
    const closesAt = Date.parse(opening.closesAt);
    return { begin: new Date(closesAt - this.#takesMs).toISOString(), erase: new Date(closesAt).toISOString() };
  }

  /** Why no rebuild may start now; null: one may. */
  blocker(): Blocker | null {
    const opening = this.#fitting();
    const why = this.#whyClosed();
    if (opening === null) {
      const until = { what: 'later windows are looked at', at: this.#knownUntil };
      return { why: `${why}, and none of the next ${this.#occurrences.length} is long enough`, until };
    }
    const opensAt = Date.parse(opening.opensAt);
    if (this.#clock() >= opensAt) return null;
    return { why: `${why}; the next: ${opening.local}`, until: { what: 'the maintenance window opens', at: opensAt } };
  }

  /** The first opening in which a rebuild that starts now, or when it opens, ends by the measured 90th percentile. */
  #fitting(): WindowOccurrence | null {
    const fits = ({ opensAt, closesAt }: WindowOccurrence) =>
      Date.parse(closesAt) > this.#shutUntil &&
      Math.max(this.#clock(), Date.parse(opensAt)) + this.#takesMs <= Date.parse(closesAt);
    return this.#occurrences.find(fits) ?? null;
  }

  #whyClosed(): string {
    const now = this.#clock();
    const open = this.#occurrences.find(
      ({ opensAt, closesAt }) => Date.parse(opensAt) <= now && now < Date.parse(closesAt),
    );
    if (open === undefined) return 'outside the maintenance window';
    if (Date.parse(open.closesAt) <= this.#shutUntil)
      return `by the clock of a worker nothing may begin any more in the window that closes at ${open.closesAt}`;
    const seconds = Math.round(this.#takesMs / 1000);
    return `the window closes at ${open.closesAt}, sooner than nine of ten rebuilds end (${seconds} s)`;
  }
}
