import type { SearchAttributePair } from '@temporalio/common';
import { MEMO } from '../names.js';
import { SEARCH_ATTRIBUTE } from '../search-attributes.js';
import { summaryText } from '../summary-text.js';
import type { FleetInput } from './fleet-input.js';

/** What a fleet can be searched for by, from its start. Its status is in the attribute of the phase. */
export function fleetSearchAttributesOf({ regionId, fleetId, image, requestedBy }: FleetInput): SearchAttributePair[] {
  const { region, fleet, image: imageKey, phase, requestedBy: who } = SEARCH_ATTRIBUTE;
  return [
    { key: region, value: regionId },
    { key: fleet, value: fleetId },
    { key: imageKey, value: image.imageId },
    { key: phase, value: 'waiting' },
    ...(requestedBy === undefined ? [] : [{ key: who, value: requestedBy }]),
  ];
}

/** What the memo of a fleet says from its start. */
export function fleetMemoOf(input: FleetInput): Record<string, string | number> {
  const { fleetId, planDigest, members, requestedBy, reason, retryOf, rollbackOf, scheduleId } = input;
  return {
    [MEMO.fleetId]: fleetId,
    [MEMO.planDigest]: planDigest,
    [MEMO.size]: members.instanceIds.length,
    ...(requestedBy !== undefined && { [MEMO.requestedBy]: requestedBy }),
    ...(reason !== undefined && { [MEMO.reason]: reason }),
    ...(retryOf !== undefined && { [MEMO.retryOf]: retryOf }),
    ...(rollbackOf !== undefined && { [MEMO.rollbackOf]: rollbackOf }),
    ...(scheduleId !== undefined && { [MEMO.scheduleId]: scheduleId }),
  };
}

/** What Temporal's UI shows beside the workflow's name. */
export function fleetSummaryOf({ name, image, members, requestedBy, rollbackOf }: FleetInput): string {
  const what = rollbackOf === undefined ? 'reimage' : 'take back';
  return summaryText(`${what} fleet ${name}: ${members.instanceIds.length} VMs onto ${image.imageId}`, requestedBy);
}
