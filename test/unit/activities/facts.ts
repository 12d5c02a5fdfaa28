import type { Facts } from '../../../activities/checks/facts.js';
import { RebuildRequest, type RebuildRequestInput } from '../../../contracts/rebuild-request.js';
import { Image, Instance, InstanceCustomData } from '../../../jdcloud/schemas.js';

export const NOW = new Date('2026-11-24T12:00:00Z');

/** What a test says differently about a rebuild in which everything fits. */
export interface FactsOverrides {
  readonly request?: Partial<RebuildRequestInput>;
  readonly instance?: object;
  /** Null: JD Cloud does not know it. */
  readonly image?: object | null;
  readonly constraints?: Facts['constraints'];
  readonly keypair?: Facts['keypair'];
  readonly customData?: object | null;
  readonly password?: Facts['password'];
  readonly imageQuota?: Facts['imageQuota'];
  readonly isBeginning?: boolean;
  readonly freeze?: NonNullable<Facts['freeze']>;
  readonly powerBefore?: NonNullable<Facts['powerBefore']>;
  /** Null: JD Cloud does not know it. Absent: not read. */
  readonly formerImage?: object | null;
  readonly formerConstraints?: NonNullable<Facts['formerConstraints']>;
  readonly backupImage?: object | null;
  readonly isFleetRolledBack?: boolean;
}

const FITTING = {
  imageId: 'img-new',
  name: 'new',
  status: 'ready',
  osType: 'linux',
  platform: 'Ubuntu',
  architecture: 'x86_64',
  bootMode: 'bios',
  rootDeviceType: 'cloudDisk',
  systemDiskSizeGB: 40,
  imageSource: 'private',
  offline: false,
  expiredTime: '',
};

/** A running Linux VM with a cloud disk of 40 GiB, a ready image that fits it, and a key to enter by: no issues. */
export function facts(overrides: FactsOverrides = {}): Facts {
  const { request, instance, image, customData, constraints = null, keypair = { keyName: 'ops' } } = overrides;
  return {
    request: RebuildRequest.parse({
      regionId: 'cn-north-1',
      instanceId: 'i-1',
      imageId: 'img-new',
      keyNames: ['ops'],
      ...request,
    }),
    instance: Instance.parse({
      instanceId: 'i-1',
      instanceName: 'db-1',
      hostName: 'db-1',
      status: 'running',
      imageId: 'img-old',
      instanceType: 'g.n2.large',
      architecture: 'x86_64',
      bootMode: 'bios',
      charge: { chargeStatus: 'normal' },
      chargeOnStopped: 'keepCharging',
      systemDisk: cloudDisk({}),
      ...instance,
    }),
    image: image === null ? null : Image.parse({ ...FITTING, ...image }),
    constraints,
    keypair,
    customData:
      customData === null ? null : InstanceCustomData.parse({ instanceId: 'i-1', metadata: [], ...customData }),
    password: overrides.password,
    ...('imageQuota' in overrides && { imageQuota: overrides.imageQuota }),
    ...(overrides.isBeginning !== undefined && { isBeginning: overrides.isBeginning }),
    ...(overrides.freeze !== undefined && { freeze: overrides.freeze }),
    ...(overrides.powerBefore !== undefined && { powerBefore: overrides.powerBefore }),
    ...imageOf('formerImage', overrides),
    ...imageOf('backupImage', overrides),
    ...(overrides.formerConstraints !== undefined && { formerConstraints: overrides.formerConstraints }),
    ...(overrides.isFleetRolledBack !== undefined && { isFleetRolledBack: overrides.isFleetRolledBack }),
    now: NOW,
  };
}

/** One more image, like the one that fits where nothing else is said. */
function imageOf(field: 'formerImage' | 'backupImage', overrides: FactsOverrides): Partial<Facts> {
  const given = overrides[field];
  if (given === undefined) return {};
  return { [field]: given === null ? null : Image.parse({ ...FITTING, imageId: 'img-old', name: 'old', ...given }) };
}

/** A system disk of the kind that `facts` gives its VM. */
export function cloudDisk(disk: object, attachment: object = {}): object {
  const described = { diskId: 'vol-1', diskType: 'ssd.gp1', diskSizeGB: 40, encrypted: false, ...disk };
  return { diskCategory: 'cloud', deviceName: 'vda', status: 'attached', cloudDisk: described, ...attachment };
}

/** So many metadata pairs. */
export function pairs(count: number): { key: string; value: string }[] {
  return Array.from({ length: count }, (_, index) => ({ key: `key-${index}`, value: 'v' }));
}
