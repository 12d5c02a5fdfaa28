import type { Image, ImageConstraints, Instance } from '../../../jdcloud/schemas.js';
import { image as buildImage } from '../../../simulator/builders.js';
import { type ImageOverrides, IMAGE_SOURCES, type ImageState } from '../../../simulator/region-state.js';
import { osTypeOf, told } from './copy-vm.js';

/**
 * An image of the simulator that is as JD Cloud shows one. What it leaves out is taken from a VM that it is to go onto,
 * so that it speaks for no refusal.
 * @param constraints - null: it fits every instance type
 */
export function copyOfImage(
  image: Image,
  constraints: ImageConstraints | null,
  like: Instance | undefined,
): ImageState {
  const overrides: ImageOverrides = {
    name: told(image.name),
    platform: told(image.platform),
    osVersion: told(image.osVersion),
    osType: osTypeOf(image),
    architecture: told(image.architecture ?? like?.architecture),
    bootMode: told(image.bootMode ?? like?.bootMode),
    imageSource: IMAGE_SOURCES.find((source) => source === image.imageSource),
    status: image.status || 'ready',
    offline: told(image.offline),
    expiredTime: told(image.expiredTime),
    ...diskOf(image, like?.systemDisk),
    constraints: limitOf(constraints),
  };
  return buildImage(image.imageId, overrides);
}

function diskOf(
  { systemDiskSizeGB, rootDeviceType, systemDisk }: Image,
  disk: Instance['systemDisk'],
): Pick<ImageOverrides, 'systemDiskSizeGB' | 'rootDeviceType' | 'encrypted'> {
  const isLocal = rootDeviceType == null ? disk?.diskCategory === 'local' : rootDeviceType === 'localDisk';
  return {
    systemDiskSizeGB: Math.max(1, systemDiskSizeGB ?? 1),
    rootDeviceType: isLocal ? 'localDisk' : 'cloudDisk',
    encrypted: told(systemDisk?.cloudDisk?.encrypted ?? disk?.cloudDisk?.encrypted),
  };
}

function limitOf(constraints: ImageConstraints | null): ImageState['constraints'] {
  const limit = constraints?.imageInstanceTypeConstraint;
  if (limit == null) return null;
  const constraintsType = limit.constraintsType === 'includes' ? 'includes' : 'excludes';
  return { constraintsType, instanceTypes: [...(limit.instanceTypes ?? [])] };
}
