import { isOfSameFleet, laterAttempts } from '../../contracts/fleet/fleet-request-id.js';
import { UNKNOWN_OPERATION } from '../../contracts/names.js';
import { earlierOperations, markerOf } from '../metadata.js';
import { operationDigest } from '../operation-digest.js';
import type { Check } from './facts.js';

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
