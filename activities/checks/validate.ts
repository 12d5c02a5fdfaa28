import { isOfSameFleet, laterAttempts } from '../../contracts/fleet/fleet-ids.js';
import { healthCheckName } from '../../contracts/health-check.js';
import { readLaunchScript } from '../../contracts/launch-script.js';
import { PROTECTION_TAG, UNKNOWN_OPERATION } from '../../contracts/names.js';
import type { ValidationIssue, Warning } from '../../contracts/rebuild-plan.js';
import type { NotAfter } from '../../contracts/rebuild-request.js';
import type { Instance } from '../../jdcloud/schemas.js';
import { missingOn, placeOf } from '../health/target.js';
import { checkFreeze } from '../runtime/namespace.js';
import { checkImage } from './check-image.js';
import { checkLogin } from './check-login.js';
import { checkInstance, checkMachine } from './check-machine.js';
import { checkWayBack } from './check-rollback-source.js';
import { type Check, type Facts, isWindows } from './facts.js';
import { earlierOperations, markerOf, operationDigest } from './metadata.js';

/** All reasons why the rebuild must not be, at once. Pure. */
export function findIssues(facts: Facts): ValidationIssue[] {
  const ofVm = [
    checkFreeze,
    checkWindow,
    checkInstance,
    checkFormerImage,
    checkOperation,
    checkEarlierOperations,
    checkProtection,
    checkImage,
    checkMachine,
    checkLogin,
    checkUserdata,
  ];
  const ofWayBack = [checkBackup, checkWayBack, checkHealthChecks];
  return [...ofVm, ...ofWayBack].flatMap((check) => check(facts));
}

/**
 * Whether the backup asked for can be made. The quota counts as it is: deletions that may follow the rebuild make no
 * room now. It is judged where it was read, before anything is touched; right before the rebuild call the backup
 * itself may have used the last place up.
 */
export function checkBackup({ request, instance, imageQuota }: Facts): ValidationIssue[] {
  if (request.backup !== 'image') return [];
  const issues: ValidationIssue[] = [];
  if (!instance.systemDisk) {
    const message = 'The VM has no system disk that a backup could be made of.';
    issues.push({ code: 'backup', field: 'backup', message });
  }
  const { limit, used } = imageQuota ?? {};
  if (limit != null && used != null && limit - used < 1) {
    const message = `No room for a backup: ${used} of ${limit} private images of this region are used. Delete one, or have the quota raised.`;
    issues.push({ code: 'backup-quota', field: 'backup', message });
  }
  return issues;
}

/** Whoever asked for a rebuild from certain images did not mean a VM that somebody has put another one on since. */
export function checkFormerImage({ request, instance }: Pick<Facts, 'request' | 'instance'>): ValidationIssue[] {
  const { onlyFromImages } = request;
  const now = instance.imageId ?? null;
  if (onlyFromImages === undefined || (now !== null && onlyFromImages.includes(now))) return [];
  const message = `The VM has image ${now ?? 'unknown'}, and the rebuild was asked for one that has ${onlyFromImages.join(' or ')}.`;
  return [{ code: 'image-changed', field: 'onlyFromImages', message }];
}

/**
 * Whether each health check can be made on this VM at all: one that cannot would fail after the erase, for sure. Judged
 * before anything is touched only: an address that is lost later must keep nobody from going on or back.
 */
export function checkHealthChecks({ request, instance, isBeginning = false }: Facts): ValidationIssue[] {
  if (!isBeginning) return [];
  return request.healthChecks.flatMap((check, index): ValidationIssue[] => {
    const missing = missingOn(check, placeOf(instance));
    if (missing === null) return [];
    const message = `The health check ${healthCheckName(check)} cannot be made: the VM has no ${missing}. Give it one, or leave the check out.`;
    return [{ code: 'health-check', field: `healthChecks.${index}`, message }];
  });
}

/** Neither is a VM erased again for a request that has rebuilt it before others did. */
export const checkEarlierOperations: Check = ({ request: { requestId }, customData }) => {
  if (requestId === undefined) return [];
  const earlier = earlierOperations(customData);
  if (![requestId, ...laterAttempts(requestId)].some((id) => earlier.includes(operationDigest(id)))) return [];
  const message = `Request ${requestId} has rebuilt the VM before, and ${markerOf(customData) ?? 'another operation'} since. It is not erased again: ask with another request id.`;
  return [{ code: 'rebuilt-since', field: 'requestId', message }];
};

/**
 * Whoever asked for a rebuild of a VM as an operation had left it did not mean one that another operation has rebuilt
 * since. The fleet itself is no other operation.
 */
export const checkOperation: Check = ({ request: { onlyAfterOperation, requestId }, customData }) => {
  if (onlyAfterOperation === undefined) return [];
  const marker = markerOf(customData);
  if (customData !== null && operationDigest(marker) === onlyAfterOperation) return [];
  if (marker !== null && requestId !== undefined && isOfSameFleet(marker, requestId)) return [];
  const isUnknown = customData === null || onlyAfterOperation === UNKNOWN_OPERATION;
  const what = isUnknown
    ? 'Its metadata does not say whether another operation has rebuilt the VM since'
    : `Another operation has rebuilt the VM since: it carries the marker ${marker ?? 'of none'}`;
  return [{ code: 'rebuilt-since', field: 'onlyAfterOperation', message: `${what}. It is not erased again.` }];
};

/** Case, blanks and dashes make no difference: who wrote the tag by hand meant it, and a VM too many is left alone. */
const bare = (key: string) =>
  key
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s\p{Cf}\p{Pd}_]+/gu, '');

/** Why the VM is protected, by its tag; null when it is not. A tag without a value protects too. */
export function protectionOf({ tags }: Pick<Instance, 'tags'>): string | null {
  const tag = tags?.find(({ key }) => bare(key) === bare(PROTECTION_TAG));
  return tag === undefined ? null : tag.value || 'no reason given';
}

/** A protected VM is rebuilt only for somebody who says why. */
export function checkProtection({ instance, request }: Pick<Facts, 'instance' | 'request'>): ValidationIssue[] {
  const protection = protectionOf(instance);
  if (protection === null || request.overrideProtection !== undefined) return [];
  const message = `The VM is protected by the tag ${PROTECTION_TAG}: ${protection}. Take the tag off, or say why it is overridden.`;
  return [{ code: 'protected', field: 'overrideProtection', message }];
}

/**
 * Whether the rebuilt system would run the launch script at all: JD Cloud takes any, and the VM would come back without its
 * set-up. Judged before anything is touched only: a script that was well then must keep nobody from going on or back.
 */
export function checkUserdata({ request, image, isBeginning = false }: Facts): ValidationIssue[] {
  const script = scriptOf(request);
  if (!isBeginning || script === null) return [];
  if ('problem' in script) return issue(`The launch script ${script.problem}.`);
  if (image === null) return [];
  const system = isWindows(image) ? 'windows' : 'linux';
  if (script.platform === system) return [];
  const names = { linux: 'Linux', windows: 'Windows' } as const;
  return issue(`The launch script is for ${names[script.platform]}; the image is ${names[system]}.`);
}

/** What JD Cloud's guide does not promise to run. */
export function userdataWarnings({ request }: Pick<Facts, 'request'>): Warning[] {
  const script = scriptOf(request);
  if (script === null || 'problem' in script || script.isNamed) return [];
  const message =
    "JD Cloud's guide names #!/bin/bash and #!/usr/bin/env python; whether the launch script's first line is run too depends on the image.";
  return [{ code: 'userdata-interpreter', message }];
}

function scriptOf({ userdata }: Facts['request']) {
  const value = userdata?.[0]?.value;
  return value === undefined ? null : readLaunchScript(value);
}

function issue(message: string): ValidationIssue[] {
  return [{ code: 'userdata', field: 'userdata', message }];
}

/** A rebuild that had to wait past its window does not begin; one that has begun does not erase once the window is closed. */
export function checkWindow({ request, isBeginning = false, now }: Facts): ValidationIssue[] {
  return windowIssues(request.notAfter, isBeginning ? 'begin' : 'erase', now);
}

/** What speaks against beginning, or erasing, at a moment. Pure. */
export function windowIssues(notAfter: NotAfter | undefined, act: keyof NotAfter, now: Date): ValidationIssue[] {
  if (notAfter === undefined || now.getTime() <= Date.parse(notAfter[act])) return [];
  const message = `The rebuild was to ${act} by ${notAfter[act]}, and it is ${now.toISOString()}.`;
  return [{ code: 'window-closed', field: 'notAfter', message }];
}
