import type { FLEET_UPDATES, AuditEntry } from '../../contracts/fleet/fleet-control.js';
import type { Omitted } from '../../contracts/fleet/fleet-progress.js';

/** Acts that are kept, and that a continued run takes along as far as they fit. */
const MOST_ENTRIES = 500;

/** What may be done to a fleet, and what it does of itself. */
export type AuditAction = keyof typeof FLEET_UPDATES | 'budget-exhausted' | 'gate' | 'gate-expired' | 'continued';

/** What was done to a fleet, the last of it. */
export class AuditLog {
  readonly #entries: AuditEntry[];
  #omitted: Omitted;

  /** @param omitted - what runs before this one have not handed on */
  constructor(entries: readonly AuditEntry[], omitted: Omitted = { reasons: 0, auditEntries: 0 }) {
    this.#entries = [...entries];
    this.#omitted = omitted;
  }

  get all(): readonly AuditEntry[] {
    return this.#entries;
  }

  /** What the fleet no longer tells: the entries before those that are kept, and notes of VMs. */
  get omitted(): Omitted {
    return this.#omitted;
  }

  add(entry: AuditEntry): void {
    this.#entries.push(entry);
    const over = this.#entries.length - MOST_ENTRIES;
    if (over <= 0) return;
    this.#entries.splice(0, over);
    this.#omitted = { ...this.#omitted, auditEntries: this.#omitted.auditEntries + over };
  }
}
