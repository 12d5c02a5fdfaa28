import type { PlanWarning, ValidationIssue } from '../../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import { checkImage } from './check-image.js';
import { checkLoginOf } from './check-login.js';
import { checkMachine } from './check-machine.js';
import { type Facts, isWindows, osOf, targetImageId } from './facts.js';

/** Whether a rollback may begin without a person's word. */
export function isRolledBackUnattended({ onFailure, hold }: Pick<RebuildRequest, 'onFailure' | 'hold'>): boolean {
  return onFailure === 'rollback' || (onFailure === 'hold' && hold.atDeadline === 'rollback');
}

/**
 * Whether the way back is there that was asked for: what the VM would be put back onto fits like any image, and can be
 * entered. Once a backup is made, it has to be there still: no backup, no erase.
 */
export function checkWayBack(facts: Facts): ValidationIssue[] {
  const { request, backupImage } = facts;
  if (backupImage !== undefined) return checkBackupImage(backupImage);
  if (!isRolledBackUnattended(request)) return [];
  return wayBackProblems(facts).map((problem) => {
    const message = `There would be no way back, and a rollback is asked for: ${problem} Ask for a backup, or for another onFailure.`;
    return { code: 'rollback-source', field: 'onFailure', message };
  });
}

/** What an operator should know of the way back: that a person could not take it, and what nobody can know of it. */
export function wayBackWarnings(facts: Facts): PlanWarning[] {
  const { request, isFleetRolledBack = false } = facts;
  if (request.onFailure === 'leave' && !isFleetRolledBack) return [];
  const isWarned = !isRolledBackUnattended(request);
  const problems = isWarned ? wayBackProblems(facts) : [];
  return [
    ...problems.map((problem) => `There would be no way back, should a rollback be decided: ${problem}`),
    ...wayBackUnknowns(facts),
  ].map((message) => ({ code: 'rollback-source', message }));
}

function checkBackupImage(image: Facts['backupImage']): ValidationIssue[] {
  if (image != null && image.status === 'ready') return [];
  const is = image == null ? 'is gone' : `is ${image.status ?? 'in an unknown status'}`;
  const message = `The backup ${image == null ? 'that was made' : image.imageId} ${is}: without it there is no erase.`;
  return [{ code: 'backup', field: 'backup', message }];
}

/** Why the VM could not be put back, each reason; empty where it could, as far as is known. */
function wayBackProblems(facts: Facts): string[] {
  const { request, formerImage } = facts;
  if (request.backup === 'image') {
    if (osOf(facts) !== 'windows' || request.passwordRef !== undefined) return [];
    return ['The backup would be of Windows, which is entered by password, and no passwordRef is given.'];
  }
  if (isSameImage(facts) || formerImage === undefined) return [];
  const { imageId } = facts.instance;
  if (formerImage === null)
    return [
      `The image ${imageId} that the VM has now does not exist any more, or is shared with this account no more.`,
    ];
  const back = factsOfWayBack(facts, formerImage);
  const issues = [checkImage, checkMachine, checkLoginOf].flatMap((check) => check(back));
  return issues.map(({ message }) => `Of the image ${imageId} that the VM has now: ${message}`);
}

function wayBackUnknowns(facts: Facts): string[] {
  const { request, instance, formerImage } = facts;
  if (request.backup === 'image') return [];
  if (!instance.imageId) return ['JD Cloud does not say which image the VM has: nobody could put it back.'];
  if (isSameImage(facts))
    return [
      'The VM has the image that is put on, and no backup is made: it would not be rolled back, since another erase would mend nothing.',
    ];
  if (formerImage === undefined)
    return [
      `The image ${instance.imageId} that the VM has now may not be read: whether it could be put back cannot be told.`,
    ];
  if (formerImage === null) return [];
  return [
    ...(request.imageInherit === 'yes'
      ? [
          `Whether the image ${instance.imageId} that the VM has now holds a login of its own cannot be told: a rollback relies on it.`,
        ]
      : []),
    ...(formerImage.imageSource === 'shared' || formerImage.imageSource === 'community'
      ? [
          `The image ${instance.imageId} that the VM has now is a ${formerImage.imageSource} one: its owner may withdraw it before a rollback.`,
        ]
      : []),
  ];
}

function isSameImage(facts: Facts): boolean {
  return targetImageId(facts) === (facts.instance.imageId ?? null);
}

/** The facts of the rebuild that would put the former image on. It has the login of the request, as far as it does for the system. */
function factsOfWayBack(facts: Facts, formerImage: NonNullable<Facts['formerImage']>): Facts {
  const { keyNames: _key, passWordAuth: _auth, ...request } = facts.request;
  return {
    ...facts,
    request: { ...(isWindows(formerImage) ? request : facts.request), imageId: formerImage.imageId },
    image: formerImage,
    constraints: facts.formerConstraints ?? null,
  };
}
