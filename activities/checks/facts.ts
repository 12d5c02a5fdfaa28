import type { Freeze } from '../../contracts/freeze.js';
import type { ValidationIssue } from '../../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import type { Image, ImageConstraints, Instance, InstanceCustomData, Keypair, Quota } from '../../jdcloud/schemas.js';

/** Everything that was read before a decision. Checks are pure functions over it. */
export interface Facts {
  readonly request: RebuildRequest;
  readonly instance: Instance;
  /** The image asked for; null when JD Cloud does not know it. */
  readonly image: Image | null;
  /** The image that the VM has now, where another one was asked for; null when JD Cloud does not know it. Absent: not read, or not allowed to be. */
  readonly formerImage?: Image | null;
  /** Limits of that image; null when there are none. */
  readonly formerConstraints?: ImageConstraints | null;
  /** The backup that was made; null when it is gone. Absent: none was. */
  readonly backupImage?: Image | null;
  /** The fleet that the rebuild is part of may put its VMs back by itself. */
  readonly isFleetRolledBack?: boolean;
  /** Limits of a public or marketplace image; null when there are none. */
  readonly constraints: ImageConstraints | null;
  /** The key asked for; null when JD Cloud does not know it, undefined when none was asked for. */
  readonly keypair: Keypair | null | undefined;
  /** Metadata of the VM; null when it could not be read. */
  readonly customData: InstanceCustomData | null;
  /** The password, or that it will be generated, or why it cannot be had; undefined when none was asked for. */
  readonly password:
    | { readonly value: string }
    | { readonly isGenerated: true }
    | { readonly problem: string }
    | undefined;
  /**
   * Private images that the account may have, and has; null when JD Cloud does not say. Absent: not read, as where no
   * backup is asked for and right before the rebuild call.
   */
  readonly imageQuota?: Quota | null | undefined;
  /** The freeze of the Temporal namespace, or null. Absent: not asked for, as where a rebuild is under way already. */
  readonly freeze?: Freeze | null;
  /** Nothing is touched yet. Absent or false: the rebuild is under way, and what matters in advance only is not judged. */
  readonly isBeginning?: boolean;
  /** The power state from before an earlier run of this rebuild stopped the VM. Absent: none has. */
  readonly powerBefore?: 'running' | 'stopped';
  readonly now: Date;
}

/** One thing that is looked at. An empty list: it fits. */
export type Check = (facts: Facts) => ValidationIssue[];

/** The image that the request comes to: the one it names, or the one the VM has. */
export function targetImageId({ request, instance }: Pick<Facts, 'request' | 'instance'>): string | null {
  return request.imageId ?? instance.imageId ?? null;
}

/** The system that the VM has now, by what JD Cloud says of the VM, else of its image; null where it says nothing. */
export function osOf({ instance, formerImage, image }: Facts): 'windows' | 'linux' | null {
  const ofImage = image?.imageId === instance.imageId ? image : formerImage;
  const told = instance.osType || instance.platform || ofImage?.osType || ofImage?.platform;
  return told ? (/windows/i.test(told) ? 'windows' : 'linux') : null;
}

/** Whether an image is Windows. `osType` is newer than `platform`, so either may be absent. */
export function isWindows(image: Image | null): boolean {
  return /windows/i.test(image?.osType ?? image?.platform ?? '');
}
