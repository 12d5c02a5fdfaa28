import {
  type FleetRef,
  fleetWorkflowId,
  isFiringWorkflowId,
  parseFleetWorkflowId,
} from '../../contracts/fleet/fleet-ids.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import type { RunInfo } from '../operation-from-info.js';

/**
 * Which fleet a run is: its workflow id says so, or, for a firing of a schedule, its search attributes. Null for what is
 * no fleet, and for a firing that has not become one yet.
 */
export function fleetRefOf({
  workflowId,
  typedSearchAttributes: attributes,
}: Pick<RunInfo, 'workflowId' | 'typedSearchAttributes'>): (FleetRef & { readonly name: string }) | null {
  if (!isFiringWorkflowId(workflowId)) return parseFleetWorkflowId(workflowId);
  const fleetId = attributes.get(SEARCH_ATTRIBUTE.fleet);
  const regionId = attributes.get(SEARCH_ATTRIBUTE.region);
  if (fleetId === undefined || regionId === undefined) return null;
  return parseFleetWorkflowId(fleetWorkflowId({ regionId, fleetId }));
}
