import type { FailureType } from '../../contracts/failures.js';
import type { VmRef } from '../../contracts/ids.js';
import type { VmState } from '../../contracts/rebuild-result.js';
import { JdCloudError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import type { Instance } from '../../jdcloud/schemas.js';
import { goneNow, observe, toVmState } from '../decisions/observation.js';
import { failure, isInstanceGone } from '../runtime/failure.js';
import type { Timing } from '../runtime/time.js';

export interface ObservationDeps {
  readonly reader: Pick<VmReader, 'instance'>;
  readonly timing: Pick<Timing, 'pollIntervalMs'>;
}

/** Statuses that end a check: its VM is on its way out of work, by someone's hand. */
const AWAY: readonly string[] = ['stopping', 'stopped', 'rebuilding', 'deleting'];

/** Pauses between two polls, for each of which a VM that does not answer is looked at once. */
const POLLS_AN_OBSERVATION = 3;

/** Looks at the VM itself while its health is checked, when a bad look gives cause to: a stopped VM fails every check. */
export class VmObservations {
  readonly #deps: ObservationDeps;
  readonly #vm: VmRef;
  readonly #signal: AbortSignal;
  #observed: VmState | null = null;
  #observedAt = 0;
  #isAway = false;

  constructor(deps: ObservationDeps, vm: VmRef, signal: AbortSignal) {
    this.#deps = deps;
    this.#vm = vm;
    this.#signal = signal;
  }

  /** The VM as last seen; null before the first look. */
  get observed(): VmState | null {
    return this.#observed;
  }

  /** It was seen out of work, once so far. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /**
   * Reads the VM afresh.
   * @throws ApplicationFailure VmDeleted · VmInError · ConcurrentChange when it was seen out of work twice running:
   * one look alone may be stale · JdCloudError
   */
  async observe(): Promise<Instance> {
    this.#observedAt = performance.now();
    const instance = await this.#read().catch((error: unknown) => this.#readAgain(error));
    this.#observed = toVmState(observe(instance, new Date()));
    const { status } = this.#observed;
    if (status === 'error') throw this.#fail('VmInError', 'JD Cloud reports the VM in error.');
    const wasAway = this.#isAway;
    this.#isAway = status !== null && AWAY.includes(status);
    if (wasAway && this.#isAway) throw this.#fail('ConcurrentChange', `The VM is ${status}; we left it running.`);
    return instance;
  }

  /**
   * Looks where a look at its health gives cause to, not at each: JD Cloud counts the reads. One that fails is let
   * go, as the health is what is asked for.
   */
  async afterHealthRead({ isGood }: { readonly isGood: boolean }): Promise<void> {
    if (isGood && !this.#isAway) return;
    const pauseMs = this.#deps.timing.pollIntervalMs * (this.#isAway ? 1 : POLLS_AN_OBSERVATION);
    if (performance.now() - this.#observedAt < pauseMs) return;
    try {
      await this.observe();
    } catch (error) {
      if (!(error instanceof JdCloudError)) throw error;
    }
  }

  #read(): Promise<Instance> {
    return this.#deps.reader.instance(this.#vm, { fresh: true, signal: this.#signal });
  }

  /** A list that leaves the VM out may have slipped: gone is what two reads do not know. */
  async #readAgain(error: unknown): Promise<Instance> {
    if (!isInstanceGone(error)) throw error;
    return await this.#read().catch((again: unknown) => {
      if (!isInstanceGone(again)) throw again;
      this.#observed = goneNow();
      throw this.#fail('VmDeleted', `JD Cloud no longer knows ${this.#vm.instanceId}.`);
    });
  }

  #fail(type: FailureType, message: string) {
    return failure(type, message, { details: { observed: this.#observed } });
  }
}
