import { type FleetLock, type FleetRef, nameOfFleet, parseFleetWorkflowId } from '../../contracts/fleet/fleet-ids.js';
import { MEMO, WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import type { RunInfo } from '../operation-from-info.js';

/** What tells which fleet a run is. */
export type FleetRunInfo = RunInfo & { readonly type: string };

/**
 * Which fleet a run is. Its workflow id tells the name alone, which fleets take one after another; the id stands in its
 * search attributes and its memo. Null for what is no fleet, and for one that shows no id yet.
 */
export function fleetRefOf({
  type,
  workflowId,
  memo,
  typedSearchAttributes: attributes,
}: Pick<FleetRunInfo, 'type' | 'workflowId' | 'memo' | 'typedSearchAttributes'>): (FleetRef & FleetLock) | null {
  if (type !== WORKFLOW.reimageFleet) return null;
  const fleetId = attributes.get(SEARCH_ATTRIBUTE.fleet) ?? memo?.[MEMO.fleetId];
  const regionId = attributes.get(SEARCH_ATTRIBUTE.region) ?? parseFleetWorkflowId(workflowId)?.regionId;
  if (typeof fleetId !== 'string' || regionId === undefined) return null;
  const name = nameOfFleet(fleetId);
  return name === null ? null : { regionId, fleetId, name };
}

/** Whether a run was a fleet that never began: another one had used its plan, or retried what it was to take up. */
export function isRefusedFleet({ memo }: Pick<RunInfo, 'memo'>): boolean {
  return memo?.[MEMO.refused] !== undefined;
}
