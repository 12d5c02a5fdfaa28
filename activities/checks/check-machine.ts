import type { Misfit } from '../../contracts/rebuild-plan.js';
import type { Facts } from './facts.js';

type Fitting = Facts & { readonly image: NonNullable<Facts['image']> };

/** Image against machine: disk kind and size, encryption, architecture, boot mode, instance type. What JD Cloud does not report is not judged. */
export function checkMachine(facts: Facts): Misfit[] {
  const { image } = facts;
  if (image === null) return [];
  return [diskKind, diskSize, encryption, architecture, bootMode, instanceType].flatMap((check) =>
    check({ ...facts, image }),
  );
}

const misfit = (code: Misfit['code'], message: string): Misfit[] => [{ code, field: 'imageId', message }];

function diskKind({ image, instance }: Fitting): Misfit[] {
  const category = instance.systemDisk?.diskCategory;
  const needs = image.rootDeviceType?.replace(/Disk$/, '');
  if (!category || !needs || category === needs) return [];
  return misfit('disk-type', `The image needs a ${needs} system disk; the VM's is ${category}.`);
}

// JD Cloud's API page states this rule backwards; its guide and its own error message agree with this.
function diskSize({ image, instance }: Fitting): Misfit[] {
  const disk = instance.systemDisk;
  const size = disk?.cloudDisk?.diskSizeGB ?? disk?.localDisk?.diskSizeGB;
  const needs = image.systemDiskSizeGB;
  if (size == null || needs == null || needs <= size) return [];
  return misfit('disk-size', `The image needs ${needs} GiB; the VM's system disk has ${size} GiB.`);
}

function encryption({ image, instance }: Fitting): Misfit[] {
  const ofImage = image.systemDisk?.cloudDisk?.encrypted;
  const ofVm = instance.systemDisk?.cloudDisk?.encrypted;
  if (ofImage == null || ofVm == null || ofImage === ofVm) return [];
  const word = (encrypted: boolean) => (encrypted ? 'encrypted' : 'not encrypted');
  return misfit('encryption', `The image's disk is ${word(ofImage)}; the VM's is ${word(ofVm)}.`);
}

function architecture({ image, instance }: Fitting): Misfit[] {
  if (!image.architecture || !instance.architecture || image.architecture === instance.architecture) return [];
  return misfit('architecture', `The image is for ${image.architecture}; the VM is ${instance.architecture}.`);
}

function bootMode({ image, instance }: Fitting): Misfit[] {
  if (!image.bootMode || !instance.bootMode || image.bootMode === instance.bootMode) return [];
  return misfit('boot-mode', `The image boots by ${image.bootMode}; the VM by ${instance.bootMode}.`);
}

function instanceType({ constraints, instance }: Fitting): Misfit[] {
  const limit = constraints?.imageInstanceTypeConstraint;
  const type = instance.instanceType;
  if (!limit || !type) return [];
  const isListed = (limit.instanceTypes ?? []).includes(type);
  const fits = limit.constraintsType === 'includes' ? isListed : !isListed;
  return fits ? [] : misfit('instance-type', `The image does not run on instance type ${type}.`);
}
