import type { SearchAttributePair } from '@temporalio/common';
import { MEMO } from './names.js';
import type { RebuildRequest } from './rebuild-request.js';
import { SEARCH_ATTRIBUTE } from './search-attributes.js';
import { summaryText } from './text.js';

/** What is kept with a rebuild beside its request. */
export interface StartNotes {
  /** Run id of the rebuild that this one puts back. */
  readonly rollbackOf?: string;
  /** The fleet that it is part of. */
  readonly fleetId?: string;
}

/** What a rebuild can be searched for by, from its start. */
export function searchAttributesOf(
  { regionId, instanceId, imageId, requestId, requestedBy }: RebuildRequest,
  { fleetId }: StartNotes = {},
): SearchAttributePair[] {
  const { region, instance, image, phase, requestedBy: who, requestId: id, fleet } = SEARCH_ATTRIBUTE;
  return [
    { key: region, value: regionId },
    { key: instance, value: instanceId },
    { key: phase, value: 'validating' },
    ...(imageId === undefined ? [] : [{ key: image, value: imageId }]),
    ...(requestedBy === undefined ? [] : [{ key: who, value: requestedBy }]),
    ...(requestId === undefined ? [] : [{ key: id, value: requestId }]),
    ...(fleetId === undefined ? [] : [{ key: fleet, value: fleetId }]),
  ];
}

/** What the memo of a rebuild says from its start. */
export function memoOf(
  { requestId, requestedBy, reason }: RebuildRequest,
  notes: StartNotes = {},
): Record<string, string> {
  const { rollbackOf, fleetId } = notes;
  return {
    ...(requestId !== undefined && { [MEMO.requestId]: requestId }),
    ...(requestedBy !== undefined && { [MEMO.requestedBy]: requestedBy }),
    ...(reason !== undefined && { [MEMO.reason]: reason }),
    ...(rollbackOf !== undefined && { [MEMO.rollbackOf]: rollbackOf }),
    ...(fleetId !== undefined && { [MEMO.fleetId]: fleetId }),
  };
}

/** What Temporal's UI shows beside the workflow's name. */
export function summaryOf(
  { instanceId, imageId, requestedBy }: RebuildRequest,
  { rollbackOf }: StartNotes = {},
): string {
  const what = rollbackOf === undefined ? 'rebuild' : 'roll back';
  return summaryText(`${what} ${instanceId} onto ${imageId ?? 'its image'}`, requestedBy);
}
