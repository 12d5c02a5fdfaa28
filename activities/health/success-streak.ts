import { type HealthAnswer, type HealthCheck, healthCheckName } from '../../contracts/health-check.js';
import type { Look } from './probes.js';

/** Counts good looks in a row, and says what became of the check. */
export class Tally {
  readonly name: string;
  readonly #needed: number;
  #inARow = 0;
  #last: Look | null = null;
  #lastBad: Look | null = null;

  constructor(check: HealthCheck) {
    this.name = healthCheckName(check);
    this.#needed = check.successes;
  }

  take(look: Look): void {
    this.#last = look;
    if (look.isGood) this.#inARow += 1;
    else [this.#inARow, this.#lastBad] = [0, look];
  }

  get last(): Look | null {
    return this.#last;
  }

  /** Good looks that are still missing; 0: the check is believed. */
  get missing(): number {
    return Math.max(0, this.#needed - this.#inARow);
  }

  /** What is known now. A check that is not believed is told by its last bad look, if there was one. */
  answer(): HealthAnswer {
    const healthy = this.missing === 0;
    return {
      check: this.name,
      healthy,
      answer: healthy || this.#lastBad === null ? this.#soFar() : told(this.#lastBad),
    };
  }

  #soFar(): string {
    if (this.#last === null) return 'not looked at';
    const count = this.missing === 0 ? '' : `, ${this.#inARow} of ${this.#needed} good looks in a row`;
    return told(this.#last) + count;
  }
}

function told({ said, tookMs }: Look): string {
  return tookMs === undefined ? said : `${said} in ${tookMs} ms`;
}
