import type { Observation } from '../observation.js';
import { canBeTold, proofOfNewDisk, provesLanding, type RebuildTarget } from './landing.js';

/** A rebuilt VM, beside what was promised of it. */
export interface RebuiltVm {
  readonly target: RebuildTarget;
  readonly seen: Observation;
  /** The marker that it carries; null for none, or where it cannot be read. */
  readonly marker: string | null;
  /** When its system disk was made, as JD Cloud writes it; null where it does not say. */
  readonly diskCreatedAt: string | null;
  /** The power state that it was to be brought to. */
  readonly power: 'running' | 'stopped';
}

/**
 * Whether a VM is what a result may call done: it has the image asked for, a trace of the rebuild where one must be there,
 * something that shows that its disk was replaced, and the power state promised.
 */
export function isAsPromised({
  target,
  seen,
  marker,
  diskCreatedAt,
  power,
}: RebuiltVm): 'yes' | 'other-image' | 'no-trace' | 'same-disk' | 'other-power' {
  if (seen.imageId !== target.imageId) return 'other-image';
  if (canBeTold(target) && !provesLanding(target, seen, marker)) return 'no-trace';
  if (proofOfNewDisk(target, seen, diskCreatedAt) === 'nothing') return 'same-disk';
  return seen.status === power ? 'yes' : 'other-power';
}
