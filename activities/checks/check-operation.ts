import { isOfSameFleet } from '../../contracts/fleet/fleet-request-id.js';
import { UNKNOWN_OPERATION } from '../../contracts/names.js';
import { markerOf } from '../metadata.js';
import { operationDigest } from '../operation-digest.js';
import type { Check } from './facts.js';

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
