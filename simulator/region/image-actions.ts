import { ApiError, failedPrecondition, invalidArgument, quotaExceeded } from '../model/api-error.js';
import { image as buildImage } from '../model/builders.js';
import { beijingTime } from '../model/clock.js';
import { freshId } from '../model/region-state.js';
import type { LiveImage, LiveRegion, LiveVm } from './live-region.js';
import { type Actor, invalidStatus, refuseBadSystemDisk, refuseBusy } from './power-actions.js';
import { begin } from './transitions.js';

/** Body of createImage that has the right types. */
export interface ImageOrder {
  readonly name: string;
  readonly description: string;
  /** Every disk that the body names. */
  readonly deviceNames: readonly string[];
  /** Those of them that are to stay out. */
  readonly leftOut: readonly string[];
}

/** Makes a private image of the VM: `pending` until it is `ready`, a task on the VM meanwhile. @throws ApiError */
export function createImage(region: LiveRegion, vm: LiveVm, order: ImageOrder, { by, outcome }: Actor): LiveImage {
  checkCreate(region, vm, order);
  const fate = outcome();
  const image = pendingImage(region, vm, order);
  region.addImage(image);
  begin(region, vm, {
    name: 'createImage',
    by,
    passing: null,
    imageId: image.imageId,
    durationMs: region.world.timing.creatingImage,
    stuck: fate === 'stuck',
    end: () => {
      if (fate === 'disappears') region.dropImage(image, by);
      else region.setImageStatus(image, fate === 'error' ? 'error' : 'ready', by);
      image.progress = '100';
      return null;
    },
  });
  return image;
}

function checkCreate(region: LiveRegion, vm: LiveVm, { name, description, deviceNames }: ImageOrder): void {
  if (!/^[\p{Script=Han}\w.-]{2,32}$/u.test(name)) throw invalidArgument("Invalid parameter 'name'");
  if (description.length > 256) throw invalidArgument("Invalid parameter 'description'");
  if (new Set(deviceNames).size < deviceNames.length) throw new ApiError(400, 'DUPLICATE', 'Duplicate deviceName');
  refuseBusy(region, vm);
  if (vm.status !== 'running' && vm.status !== 'stopped') throw invalidStatus(vm);
  if (vm.systemDisk === null) throw failedPrecondition('System disk not found');
  refuseBadSystemDisk(vm, failedPrecondition);
  if (vm.systemDisk.diskCategory === 'local' && vm.status !== 'stopped') {
    throw failedPrecondition('Please stop the instance first');
  }
  const quota = region.quotas().find(({ resourceType }) => resourceType === 'image');
  if (quota !== undefined && quota.used >= quota.limit) throw quotaExceeded('Image quota limit exceeded');
}

function pendingImage(region: LiveRegion, vm: LiveVm, { name, description, leftOut }: ImageOrder): LiveImage {
  return buildImage(freshId('img'), {
    name,
    desc: description,
    platform: vm.platform,
    osType: vm.osType,
    osVersion: vm.osVersion,
    architecture: vm.architecture,
    bootMode: vm.bootMode,
    systemDiskSizeGB: vm.systemDisk?.diskSizeGB,
    encrypted: vm.systemDisk?.encrypted,
    dataDisks: vm.dataDisks
      .filter(({ diskCategory, deviceName }) => diskCategory === 'cloud' && !leftOut.includes(deviceName))
      .map(({ deviceName, diskSizeGB }) => ({ deviceName, diskSizeGB })),
    rootDeviceType: vm.systemDisk?.diskCategory === 'local' ? 'localDisk' : 'cloudDisk',
    status: 'pending',
    progress: '0',
    createTime: beijingTime(region.world.clock.now()),
    instanceId: vm.instanceId,
  });
}

/** Deletes an own private image; VMs keep its dead id. @throws ApiError in JD Cloud's words */
export function deleteImage(region: LiveRegion, image: LiveImage, by: string): void {
  const vms = [...region.vms.values()];
  if (image.protected) throw failedPrecondition("Can't delete protected image");
  if (image.imageSource === 'community') throw failedPrecondition("Can't delete community image");
  if (image.imageSource !== 'private') throw failedPrecondition("Can't delete this image");
  if (image.launchPermission !== 'ownerOnly') throw failedPrecondition("Can't delete shared image");
  if (image.status === 'pending') throw failedPrecondition("Conflict with underlay image task 'createImage'");
  if (vms.some((vm) => vm.task?.imageId === image.imageId)) {
    throw failedPrecondition(`The image '${image.imageId}' is busy`);
  }
  if (image.rootDeviceType === 'localDisk' && vms.some((vm) => vm.imageId === image.imageId)) {
    throw failedPrecondition('Local-System-Disk image cannot be deleted if it has been used to create instances');
  }
  region.dropImage(image, by);
}
