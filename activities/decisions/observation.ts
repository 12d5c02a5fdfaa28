import type { VmState } from '../../contracts/rebuild-result.js';
import type { Instance } from '../../jdcloud/schemas.js';

/** One look at a VM: what a wait or a reconciliation decides on. */
export interface Observation {
  readonly status: string;
  readonly imageId: string | null;
  readonly systemDiskId: string | null;
  /** When the answer came (ISO 8601, UTC, by the worker's clock). */
  readonly observedAt: string;
}

/** Takes from JD Cloud's object what decisions need. A VM without a status counts as `unknown`, which no wait ends on. */
export function observe(instance: Instance, at: Date): Observation {
  return {
    status: instance.status ?? 'unknown',
    imageId: instance.imageId ?? null,
    systemDiskId: instance.systemDisk?.cloudDisk?.diskId ?? null,
    observedAt: at.toISOString(),
  };
}

/** The part of a look that results and heartbeats show. */
export function toVmState({ status, imageId, observedAt }: Observation): VmState {
  return { status, imageId, observedAt };
}

/** The same of a look at the power state alone. Made once, it may show an image of before. */
export function toPowerState(seen: Observation): VmState {
  return { ...toVmState(seen), imageId: null };
}

/** What is known of a VM that was not looked at. */
export const UNSEEN: VmState = { status: null, imageId: null, observedAt: null };

/** What is known of a VM that JD Cloud has just said it does not know. */
export function goneNow(): VmState {
  return { ...UNSEEN, observedAt: new Date().toISOString() };
}
