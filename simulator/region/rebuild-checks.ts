import { createHash } from 'node:crypto';
import * as z from 'zod';
import { hostnameProblem, passwordProblems } from '../../jdcloud/parameter-rules.js';
import { ApiError, failedPrecondition, invalidArgument, notFound, outOfRange } from '../model/api-error.js';
import type { LiveImage, LiveRegion, LiveVm } from './live-region.js';
import { invalidStatus, refuseBadSystemDisk, refuseBusy } from './power-actions.js';

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

const MAX_PAIRS = 40;
const MAX_KEY_LENGTH = 256;
const MAX_BYTES = 16 * 1024;

/** A list of pairs as it comes in a body; null stands for absent. */
export const Pairs = z.array(z.looseObject({ key: z.string(), value: z.string() })).nullish();
export type Pair = { readonly key: string; readonly value: string };

/** At most 40 pairs; keys up to 256 characters, not ending in a dash, once each whatever the case; values up to 16 KB. */
export function checkMetadata(pairs: readonly Pair[]): void {
  if (pairs.length > MAX_PAIRS) throw invalidArgument(`Add metadata key-value count more than ${MAX_PAIRS} pairs.`);
  const keys = new Set(pairs.map(({ key }) => key.toLowerCase()));
  if (keys.size !== pairs.length) throw invalidArgument('Duplicate metadata key');
  for (const { key, value } of pairs) {
    const isKey = key.length > 0 && key.length <= MAX_KEY_LENGTH && !key.endsWith('-');
    if (!isKey) throw invalidArgument(`Invalid metadata key '${key.slice(0, MAX_KEY_LENGTH)}'`);
    if (Buffer.byteLength(value) > MAX_BYTES) throw invalidArgument(`Invalid metadata value of '${key}'`);
  }
}

/** Only `launch-script`, in base64 of at most 16 KB before encoding. */
export function checkUserdata(pairs: readonly Pair[]): void {
  if (pairs.length > 1) throw invalidArgument('Invalid userdata');
  for (const { key, value } of pairs) {
    if (key !== 'launch-script') throw invalidArgument(`Invalid userdata key '${key}'`);
    const bytes = Buffer.from(value, 'base64');
    if (bytes.toString('base64') !== value || bytes.length > MAX_BYTES) throw invalidArgument('Invalid userdata value');
  }
}

/** Body of rebuildInstance as JD Cloud reads it. */
export const RebuildBody = z.looseObject({
  password: z.string().nullish(),
  imageId: z.string().nullish(),
  keyNames: z.array(z.string()).nullish(),
  hostname: z.string().nullish(),
  metadata: Pairs,
  userdata: Pairs,
  passWordAuth: z.string().nullish(),
  imageInherit: z.string().nullish(),
});
export type RebuildBody = z.output<typeof RebuildBody>;

/** What an accepted rebuild does to the VM; null leaves things to the assumptions. */
export interface RebuildOrder {
  readonly imageId: string;
  readonly keyNames: readonly string[];
  readonly hostname: string | null;
  readonly metadata: readonly Pair[] | null;
  readonly userdata: readonly Pair[] | null;
  readonly passwordSha256: string | null;
}

/** The order that a checked body amounts to. An empty text counts as absent. */
export function orderOf(body: RebuildBody, imageId: string): RebuildOrder {
  const bare = (pairs: RebuildBody['metadata']) => pairs?.map(({ key, value }) => ({ key, value })) ?? null;
  return {
    imageId,
    keyNames: body.keyNames ?? [],
    hostname: body.hostname || null,
    metadata: bare(body.metadata),
    userdata: bare(body.userdata),
    passwordSha256: body.password ? createHash('sha256').update(body.password).digest('hex') : null,
  };
}
