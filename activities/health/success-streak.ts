import { type HealthCheckResult, type HealthCheck, healthCheckName } from '../../contracts/health-check.js';
import type { ProbeResult } from './probes.js';

/** Counts good looks in a row, and says what became of the check. */
export class SuccessStreak {
  readonly name: string;
  readonly #needed: number;
  #inARow = 0;
  #last: ProbeResult | null = null;
  #lastBad: ProbeResult | null = null;

  constructor(check: HealthCheck) {
    this.name = healthCheckName(check);
    this.#needed = check.successes;
  }

  take(look: ProbeResult): void {
    this.#last = look;
    if (look.isGood) this.#inARow += 1;
    else [this.#inARow, this.#lastBad] = [0, look];
  }

  get last(): ProbeResult | null {
    return this.#last;
  }

  /** Good looks that are still missing; 0: the check is believed. */
  get missing(): number {
    return Math.max(0, this.#needed - this.#inARow);
  }

  /** What is known now. A check that is not believed is told by its last bad look, if there was one. */
  answer(): HealthCheckResult {
    const healthy = this.missing === 0;
    return {
      check: this.name,
      healthy,
      message: healthy || this.#lastBad === null ? this.#soFar() : told(this.#lastBad),
    };
  }

  #soFar(): string {
    if (this.#last === null) return 'not looked at';
    const count = this.missing === 0 ? '' : `, ${this.#inARow} of ${this.#needed} good looks in a row`;
    return told(this.#last) + count;
  }
}

function told({ message, tookMs }: ProbeResult): string {
  return tookMs === undefined ? message : `${message} in ${tookMs} ms`;
}
