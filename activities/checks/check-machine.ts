import type { ValidationIssue } from '../../contracts/rebuild-plan.js';
import { type Check, type Facts, targetImageId } from './facts.js';

type Fitting = Facts & { readonly image: NonNullable<Facts['image']> };

/** Image against machine: disk kind and size, encryption, architecture, boot mode, instance type. What JD Cloud does not report is not judged. */
export function checkMachine(facts: Facts): ValidationIssue[] {
  const { image } = facts;
  if (image === null) return [];
  return [diskKind, diskSize, encryption, architecture, bootMode, instanceType].flatMap((check) =>
    check({ ...facts, image }),
  );
}

const issue = (code: ValidationIssue['code'], message: string): ValidationIssue[] => [
  { code, field: 'imageId', message },
];

function diskKind({ image, instance }: Fitting): ValidationIssue[] {
  const category = instance.systemDisk?.diskCategory;
  const needs = image.rootDeviceType?.replace(/Disk$/, '');
  if (!category || !needs || category === needs) return [];
  return issue('disk-type', `The image needs a ${needs} system disk; the VM's is ${category}.`);
}

// JD Cloud's API page states this rule backwards; its guide and its own error message agree with this.
function diskSize({ image, instance }: Fitting): ValidationIssue[] {
  const disk = instance.systemDisk;
  const size = disk?.cloudDisk?.diskSizeGB ?? disk?.localDisk?.diskSizeGB;
  const needs = image.systemDiskSizeGB;
  if (size == null || needs == null || needs <= size) return [];
  return issue('disk-size', `The image needs ${needs} GiB; the VM's system disk has ${size} GiB.`);
}

function encryption({ image, instance }: Fitting): ValidationIssue[] {
  const ofImage = image.systemDisk?.cloudDisk?.encrypted;
  const ofVm = instance.systemDisk?.cloudDisk?.encrypted;
  if (ofImage == null || ofVm == null || ofImage === ofVm) return [];
  const word = (encrypted: boolean) => (encrypted ? 'encrypted' : 'not encrypted');
  return issue('encryption', `The image's disk is ${word(ofImage)}; the VM's is ${word(ofVm)}.`);
}

function architecture({ image, instance }: Fitting): ValidationIssue[] {
  if (!image.architecture || !instance.architecture || image.architecture === instance.architecture) return [];
  return issue('architecture', `The image is for ${image.architecture}; the VM is ${instance.architecture}.`);
}

function bootMode({ image, instance }: Fitting): ValidationIssue[] {
  if (!image.bootMode || !instance.bootMode || image.bootMode === instance.bootMode) return [];
  return issue('boot-mode', `The image boots by ${image.bootMode}; the VM by ${instance.bootMode}.`);
}

function instanceType({ constraints, instance }: Fitting): ValidationIssue[] {
  const limit = constraints?.imageInstanceTypeConstraint;
  const type = instance.instanceType;
  if (!limit || !type) return [];
  const isListed = (limit.instanceTypes ?? []).includes(type);
  const fits = limit.constraintsType === 'includes' ? isListed : !isListed;
  return fits ? [] : issue('instance-type', `The image does not run on instance type ${type}.`);
}

const STABLE = ['running', 'stopped'];
/** What a run leaves that is ended in mid-work. */
const LEFT = [...STABLE, 'stopping', 'starting'];

/** Status, charge and system disk of the VM. JD Cloud would stop a VM in arrears, and not start it again. */
export const checkInstance: Check = (facts) =>
  [checkStatus, checkCharge, checkSystemDisk, checkOwnImage].flatMap((check) => check(facts));

const checkStatus: Check = ({ instance: { status }, powerBefore }) => {
  if ((powerBefore === undefined ? STABLE : LEFT).includes(status ?? '')) return [];
  const message = `The VM is ${status ?? 'in an unknown status'}; a rebuild begins with one that is running or stopped.`;
  return [{ code: 'instance-status', field: null, message }];
};

const checkCharge: Check = ({ instance: { charge } }) => {
  if (!charge?.chargeStatus || charge.chargeStatus === 'normal') return [];
  const message = `The VM's charge status is ${charge.chargeStatus}: JD Cloud would not start it again. Settle it first.`;
  return [{ code: 'instance-charge', field: null, message }];
};

const checkSystemDisk: Check = ({ instance: { systemDisk } }) => {
  if (systemDisk && (!systemDisk.status || systemDisk.status === 'attached')) return [];
  const message = `The VM's system disk is ${systemDisk?.status ?? 'missing'}; a rebuild needs it attached.`;
  return [{ code: 'system-disk', field: null, message }];
};

const checkOwnImage: Check = (facts) => {
  if (targetImageId(facts) !== null) return [];
  const message = 'The VM reports no image of its own: name the image to put on.';
  return [{ code: 'image-not-found', field: 'imageId', message }];
};
