import { hostnameProblem, passwordProblems } from '../../jdcloud/parameter-rules.js';
import { ApiError, failedPrecondition, invalidArgument, notFound, outOfRange } from '../model/api-error.js';
import type { LiveImage, LiveRegion, LiveVm } from './live-region.js';
import { invalidStatus, refuseBadSystemDisk, refuseBusy } from './power-actions.js';
import { checkMetadata, checkUserdata, type RebuildBody } from './rebuild-body.js';

/**
 * Checks the body of a rebuild, in the reference's order: password, Windows rules, number and
 * existence of keys, yes-no words, hostname, metadata, userdata, and that somebody can log in.
 */
export function checkRebuildParameters(region: LiveRegion, osType: 'linux' | 'windows', body: RebuildBody): void {
  const userName = osType === 'windows' ? 'Administrator' : 'root';
  if (body.password && passwordProblems(body.password, userName).length > 0) throw invalidArgument('Invalid password');
  if (osType === 'windows') checkWindows(body);
  checkKeys(region, body.keyNames ?? []);
  checkYesNo('passWordAuth', body.passWordAuth);
  checkYesNo('imageInherit', body.imageInherit);
  if (body.hostname && hostnameProblem(body.hostname, osType) !== null) throw invalidArgument('Invalid hostname');
  checkMetadata(body.metadata ?? []);
  checkUserdata(body.userdata ?? []);
  if (region.world.assumptions.loginRequired) checkLogin(body);
}

function checkWindows({ password, keyNames, passWordAuth, imageInherit }: RebuildBody): void {
  if (keyNames != null && keyNames.length > 0) throw invalidArgument('Keypair is not supported for windows');
  if (passWordAuth === 'no') throw invalidArgument('PassWordAuth must be yes for windows');
  if (!password && imageInherit !== 'yes') throw invalidArgument('Parameter password missing for windows');
}

function checkKeys(region: LiveRegion, keyNames: readonly string[]): void {
  if (keyNames.length > 1) throw invalidArgument('Only one keypair is supported');
  const unknown = keyNames.find((name) => !region.keypairs.some(({ keyName }) => keyName === name));
  if (unknown !== undefined) throw notFound(`Keypair '${unknown}' not found`);
}

function checkLogin({ password, keyNames, imageInherit }: RebuildBody): void {
  if (password || imageInherit === 'yes' || (keyNames ?? []).length > 0) return;
  throw invalidArgument('Parameter password, keyNames or imageInherit missing');
}

/** Refuses a VM that is busy or not stopped. */
export function checkRebuildStatus(region: LiveRegion, vm: LiveVm): void {
  refuseBusy(region, vm);
  if (vm.status === 'running') throw failedPrecondition('Please stop the instance first.');
  if (vm.status !== 'stopped') throw invalidStatus(vm);
}

/**
 * Checks the image against the VM, in the reference's order: system disk, image, its status, disk
 * kind, instance type and architecture, encryption, size.
 */
export function checkRebuildImage(region: LiveRegion, vm: LiveVm, imageId: string): void {
  refuseBadSystemDisk(vm, (message) => new ApiError(404, 'FAILED_PRECONDITION', message));
  const image = region.image(imageId);
  const now = new Date(region.world.clock.now()).toISOString();
  if (image.status !== 'ready') throw failedPrecondition(`Invalid image status '${image.status}'`);
  if (region.world.assumptions.offlineImageRefused) {
    if (image.offline) throw failedPrecondition("Invalid image status 'offline'");
    if (image.expiredTime !== '' && image.expiredTime < now) throw failedPrecondition("Invalid image status 'expired'");
  }
  checkFit(vm, image);
}

function checkFit({ systemDisk, instanceType, architecture }: LiveVm, image: LiveImage): void {
  const isLocal = systemDisk?.diskCategory === 'local';
  if (isLocal !== (image.rootDeviceType === 'localDisk')) {
    throw failedPrecondition(`Image constraints. Only support ${isLocal ? 'cloud' : 'local'} system disk`);
  }
  if (!supportsType(image, instanceType) || image.architecture !== architecture) {
    throw failedPrecondition(`Image constraints. Doesn't support instanceType '${instanceType}'`);
  }
  if (!isLocal && systemDisk?.encrypted !== image.encrypted) {
    throw failedPrecondition('The image is not consistent with the system disk encryption properties.');
  }
  if (image.systemDiskSizeGB > (systemDisk?.diskSizeGB ?? 0)) {
    throw outOfRange('NewSysDiskSizeGB out of range. Less than the image system disk capacity.');
  }
}

function supportsType({ constraints }: LiveImage, instanceType: string): boolean {
  if (constraints === null) return true;
  const isListed = constraints.instanceTypes.includes(instanceType);
  return constraints.constraintsType === 'includes' ? isListed : !isListed;
}

/** Refuses a word that is none of yes, no and empty. */
export function checkYesNo(name: string, value: string | null | undefined): void {
  if (!['yes', 'no', '', null, undefined].includes(value)) throw invalidArgument(`Invalid parameter '${name}'`);
}
