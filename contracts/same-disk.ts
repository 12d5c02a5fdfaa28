import type { RebuildPlan } from './rebuild-plan.js';

/** Image and system disk of a VM as they were seen. */
export interface DiskSeen {
  readonly imageId: string | null;
  readonly systemDiskId: string | null;
}

/** Whether a VM has the image and the system disk that a plan has found. A disk that JD Cloud did not name says nothing. */
export function isSameDisk(
  { imageBefore, systemDisk }: Pick<RebuildPlan, 'imageBefore' | 'systemDisk'>,
  now: DiskSeen,
): boolean {
  const diskId = systemDisk?.diskId ?? null;
  const hasOtherDisk = diskId !== null && now.systemDiskId !== null && diskId !== now.systemDiskId;
  return (imageBefore?.imageId ?? null) === now.imageId && !hasOtherDisk;
}
