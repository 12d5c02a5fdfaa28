import { fleetRequestId } from '../../contracts/fleet/fleet-ids.js';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { type NotAfter, RebuildRequest } from '../../contracts/rebuild-request.js';
import { parseInput } from '../runtime/parse-input.js';
import type { Member, MemberChange } from './members.js';

/**
 * What is asked of the rebuild of one VM. Each attempt has a request id of its own, since each may erase.
 * @param notAfter - the close of the maintenance window that it is started in; null: it may begin at any time
 */
export function requestOf(input: FleetInput, member: Member, notAfter: NotAfter | null = null): RebuildRequest {
  const { regionId, fleetId, requestedBy, reason } = input;
  const isBack = member.goal === 'rollback';
  const what = isBack ? `fleet ${fleetId}, taken back` : `fleet ${fleetId}`;
  return {
    ...(isBack ? templateBack(input) : templateForward(input, member)),
    power: powerOf(input, member),
    regionId,
    instanceId: member.instanceId,
    imageId: isBack ? imageBack(member) : member.image,
    requestId: fleetRequestId(fleetId, member.attempts),
    ...onlyFrom(input, member),
    ...onlyAfter(member),
    ...(notAfter !== null && { notAfter }),
    ...(requestedBy !== undefined && { requestedBy }),
    reason: `${what}${reason === undefined ? '' : `: ${reason}`}`.slice(0, 512),
  };
}

/** What becomes of a moved VM once the fleet puts back what it has moved. */
export function turnedBack(member: Member): MemberChange {
  const hasWayBack = member.backupImageId !== null || formerImage(member) !== null;
  if (hasWayBack) return { state: 'waiting', goal: 'rollback' };
  return { reason: 'nothing is known that it could be put back onto' };
}

function imageBack(member: Member): string {
  return member.backupImageId ?? formerImage(member) ?? member.image;
}

/** To erase a disk once more for the image that is on it would mend nothing. */
function formerImage({ imageFound, imageBefore, image }: Member): string | null {
  const former = imageFound ?? imageBefore;
  return former === image ? null : former;
}

/**
 * The images that the VM may have for all that the fleet knows: with any other one somebody has changed it since the
 * plan, and it is not erased. The image of the fleet is one of them where an attempt of ours may have put it on.
 */
function onlyFrom(input: FleetInput, member: Member): Pick<RebuildRequest, 'onlyFromImages'> {
  const { goal, isMoved, attempts, image, imageBefore, imageFound, backupImageId } = member;
  if (goal === 'rollback') return { onlyFromImages: [image] };
  const former = [imageBefore, imageFound, backupImageId].filter((known) => known !== null);
  if (former.length === 0) return {};
  const isFollowUp = input.retryOf !== undefined || input.rollbackOf !== undefined;
  const isAskedAnyway = input.skipMatching === false && !isFollowUp;
  const own = isMoved || attempts > 1 || isAskedAnyway ? [image] : [];
  return { onlyFromImages: [...new Set([...former, ...own])] };
}

/** One that was busy may have been rebuilt by whoever kept it so: it is erased only as it was found, or as we left it. */
function onlyAfter({ lastOperation }: Member): Pick<RebuildRequest, 'onlyAfterOperation'> {
  return lastOperation === null ? {} : { onlyAfterOperation: lastOperation };
}

/** A VM that failed while it was down is to get the power state that it had at first. */
function powerOf({ template }: FleetInput, { powerFound }: Member): RebuildRequest['power'] {
  return template.power === 'as-was' ? (powerFound ?? 'as-was') : template.power;
}

/**
 * A VM that is tried again may have been moved by then, and its new backup is one of that: no older one is deleted for
 * it, since that may be the way back.
 */
function templateForward({ template, retryOf }: FleetInput, { attempts }: Member): FleetInput['template'] {
  if (attempts <= 1 && retryOf === undefined) return template;
  const { keepBackups: _keep, ...rest } = template;
  return rest;
}

/** The way back has no way back of its own: what goes wrong with it is left for a person to see. */
function templateBack({ template, regionId }: FleetInput): RebuildRequest {
  const { keepBackups: _keep, ...rest } = template;
  const back = { ...rest, backup: 'none', backupDataDisks: false, onFailure: 'leave', requireHealthyBefore: false };
  return parseInput(RebuildRequest, { ...back, regionId, instanceId: 'any' }, 'rebuild back');
}
