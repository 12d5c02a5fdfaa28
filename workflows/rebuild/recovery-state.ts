import type { Backup } from '../../contracts/backup.js';
import type { DecisionTaken, Held, Rollback } from '../../contracts/decision.js';
import type { HealthCheckResult, HealthReport } from '../../contracts/health-check.js';
import type { Failure, RebuildResult } from '../../contracts/rebuild-result.js';

type Told = Pick<RebuildResult, 'backup' | 'health' | 'decisions' | 'rollbacks' | 'failures'>;

/** What a rebuild knows of its way back: the backup, the VM's health, and what became of a failure. The one place that changes it. */
export class RecoveryState {
  readonly #failures: Failure[] = [];
  readonly #decisions: DecisionTaken[] = [];
  readonly #rollbacks: Rollback[] = [];
  #backup: Backup | null = null;
  #health: HealthReport = {
    before: 'unchecked',
    after: 'unchecked',
    resultsBefore: [],
    resultsAfter: [],
    reason: NO_CHECKS,
  };
  #held: Held | null = null;
  #isBack = false;
  #hasSentBack = false;

  get backup(): Backup | null {
    return this.#backup;
  }

  get held(): Held | null {
    return this.#held;
  }

  /** The decision taken last; give-up before any. */
  get lastDecision(): DecisionTaken['decision'] {
    return this.#decisions.at(-1)?.decision ?? 'give-up';
  }

  /** Type of the failure noted last. */
  get lastFailure(): Failure['type'] | null {
    return this.#failures.at(-1)?.type ?? null;
  }

  /** Whether the rebuild under way has been seen to end: from then on a VM at rest is the rebuilt one. */
  get isBack(): boolean {
    return this.#isBack;
  }

  /** Whether a rebuild call that puts the VM back is out. */
  get hasSentBack(): boolean {
    return this.#hasSentBack;
  }

  get rollbacks(): readonly Rollback[] {
    return this.#rollbacks;
  }

  backedUp(backup: Omit<Backup, 'pruned'>): void {
    this.#backup = { ...backup, pruned: this.#backup?.pruned ?? [] };
  }

  pruned(imageIds: readonly string[]): void {
    if (this.#backup !== null) this.#backup = { ...this.#backup, pruned: [...imageIds] };
  }

  healthBefore(answers: readonly HealthCheckResult[]): void {
    const before = answers.every(({ healthy }) => healthy) ? 'healthy' : 'unhealthy';
    this.#health = { ...this.#health, before, resultsBefore: [...answers], reason: null };
  }

  /** Begins the checks anew: a repeat does not add to what an earlier round said. */
  healthBegins(): void {
    this.#health = { ...this.#health, after: 'unchecked', resultsAfter: [], reason: null };
  }

  healthAfter(answer: HealthCheckResult): void {
    const resultsAfter = [...this.#health.resultsAfter, answer];
    const after = resultsAfter.every(({ healthy }) => healthy) ? 'healthy' : 'unhealthy';
    this.#health = { ...this.#health, after, resultsAfter };
  }

  healthUnchecked(reason: string): void {
    this.#health = { ...this.#health, reason };
  }

  /** Whether the request's check at this place was bad before anything was touched. */
  wasSick(index: number): boolean {
    return this.#health.resultsBefore[index]?.healthy === false;
  }

  /** Whether every check that is bad now was bad before anything was touched. */
  get failsAsBefore(): boolean {
    return this.#health.resultsAfter.every(({ healthy }, index) => healthy || this.wasSick(index));
  }

  failed(failure: Failure): void {
    this.#failures.push(failure);
  }

  hold(held: Held): void {
    this.#held = held;
  }

  decided(decision: DecisionTaken): void {
    this.#held = null;
    this.#decisions.push(decision);
  }

  cameBack(): void {
    this.#isBack = true;
  }

  /** Another rebuild call is out. */
  sentAgain(): void {
    this.#isBack = false;
    this.#hasSentBack = true;
  }

  rollbackBegins(rollback: Omit<Rollback, 'outcome'>): void {
    this.#rollbacks.push({ ...rollback, outcome: 'in-progress' });
  }

  rollbackTurns(outcome: Rollback['outcome']): void {
    const last = this.#rollbacks.pop();
    if (last !== undefined) this.#rollbacks.push({ ...last, outcome });
  }

  /** What the result tells. @param ending - the failure that ends the run: told alone it is not told twice */
  tell(ending: Failure | undefined): Told {
    const isToldAlready = this.#failures.length === 1 && this.#failures[0]?.type === ending?.type;
    return {
      backup: this.#backup,
      health: this.#health,
      ...(this.#failures.length > 0 && !isToldAlready && { failures: this.#failures }),
      ...(this.#decisions.length > 0 && { decisions: this.#decisions }),
      ...(this.#rollbacks.length > 0 && { rollbacks: this.#rollbacks }),
    };
  }
}

const NO_CHECKS = 'No health checks were given: status and image are all that was checked.';
