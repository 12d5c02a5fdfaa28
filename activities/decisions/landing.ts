import type { VmRef } from '../../contracts/ids.js';
import type { Observation } from './observation.js';

/** What a rebuild is to bring about, and what it starts from: all that is needed to tell later whether it landed. */
export interface RebuildTarget {
  readonly vm: VmRef;
  /** The image asked for. */
  readonly imageId: string;
  readonly before: {
    readonly imageId: string | null;
    readonly systemDiskId: string | null;
    /** As JD Cloud writes it; null or absent where it does not say, as in histories recorded before it was kept. */
    readonly systemDiskCreatedAt?: string | null;
  };
  /** The host name that the VM is to keep where the request names none; null for none. Absent: the one it has. */
  readonly hostname?: string | null;
  /** Value of the metadata pair that this operation's rebuild writes. */
  readonly marker: string;
  /** Whether there is room for the marker in the VM's metadata. */
  readonly markerUsable: boolean;
  /** The workflow was reset: an earlier run of it may have rebuilt the VM. */
  readonly isRerun?: boolean;
}

/**
 * Whether what is seen proves that the rebuild landed: our marker, the new image, or another system disk. Any one is
 * enough, since JD Cloud does not say which of them change, or when. None of them proves that it has ended.
 * @see docs/decisions/0003-rebuild-is-told-by-state.md
 */
export function provesLanding(target: RebuildTarget, seen: Observation, marker: string | null): boolean {
  if (marker === target.marker) return true;
  const { imageId, systemDiskId } = target.before;
  if (imageId !== target.imageId && seen.imageId === target.imageId) return true;
  return systemDiskId !== null && seen.systemDiskId !== null && seen.systemDiskId !== systemDiskId;
}

/**
 * What shows, at the end, that the system disk was replaced. The marker does not: JD Cloud may write it down with a call
 * that it then fails to carry out. `image`: the VM reports the image asked for, and had another; its disk may bear the
 * old id still. `nothing`: all of it is as it was.
 */
export function proofOfNewDisk(
  { before, imageId }: RebuildTarget,
  seen: Pick<Observation, 'imageId' | 'systemDiskId'>,
  createdAt: string | null,
): 'disk' | 'image' | 'nothing' {
  const isOther = (was: string | null | undefined, is: string | null) => was != null && is !== null && was !== is;
  if (isOther(before.systemDiskId, seen.systemDiskId)) return 'disk';
  if (isOther(before.systemDiskCreatedAt, createdAt)) return 'disk';
  return before.imageId !== imageId && seen.imageId === imageId ? 'image' : 'nothing';
}

/** Whether the absence of evidence means anything: with neither marker nor another image a landed rebuild may leave no trace. */
export function canBeKnown({ markerUsable, before, imageId }: RebuildTarget): boolean {
  return markerUsable || before.imageId !== imageId;
}

/** Whether a look shows that the call landed: the VM is being rebuilt, or carries what a rebuild leaves. */
export function isLanded(target: RebuildTarget, seen: Observation, marker: string | null): boolean {
  return seen.status === 'rebuilding' || provesLanding(target, seen, marker);
}

/** What is to be concluded where no look has shown that the call landed, for as long as a landed one may stay invisible. */
export function withoutTrace(target: RebuildTarget): 'no' | 'unknown' {
  return canBeKnown(target) ? 'no' : 'unknown';
}
