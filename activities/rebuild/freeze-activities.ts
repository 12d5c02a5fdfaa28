import type { Freeze } from '../../contracts/freeze.js';
import { heartbeating } from '../runtime/heartbeat.js';
import { askFreeze, type Namespace } from '../runtime/namespace.js';
import { pause, type Timing } from '../runtime/time.js';
import { limitTo } from './wait-until.js';

export interface FreezeDeps {
  readonly namespace: Pick<Namespace, 'freeze'>;
  readonly timing: Pick<Timing, 'pollIntervalMs'>;
  /** Aborted when the worker stops. */
  readonly stopping: AbortSignal;
}

/** Asks whether the namespace is frozen, for workflows that start rebuilds one after another. */
export function createFreezeActivities({ namespace, timing, stopping }: FreezeDeps) {
  return {
    /**
     * Waits until the namespace is not frozen, heartbeating.
     * @param input.deadlineAt - when the wait ends of itself, ISO 8601
     * @returns null once it is not frozen; the freeze when the deadline comes first
     * @throws ApplicationFailure TemporalUnreachable (retryable)
     */
    async waitUntilUnfrozen({ deadlineAt }: { readonly deadlineAt: string }): Promise<Freeze | null> {
      const deadline = new Error(`The namespace was frozen until ${deadlineAt}.`);
      const limits = limitTo(stopping, deadlineAt, () => deadline);
      let freeze: Freeze | null = null;
      try {
        return await heartbeating(async () => {
          for (;;) {
            freeze = await askFreeze(namespace);
            if (freeze === null) return null;
            await pause(timing.pollIntervalMs, limits.signal);
          }
        });
      } catch (error) {
        if (error === deadline) return freeze;
        throw error;
      } finally {
        limits.release();
      }
    },
  };
}
