import { WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { quote } from '../visibility-query.js';
import type { FleetOperation } from './fleet-operation.js';

/** Query of Temporal's index for all runs of the rebuilds of a fleet's VMs, running and ended. */
export function rebuildsOfFleet({ fleetId, regionId }: Pick<FleetOperation, 'fleetId' | 'regionId'>): string {
  return [
    `WorkflowType = ${quote(WORKFLOW.rebuildInstance)}`,
    `${SEARCH_ATTRIBUTE.fleet.name} = ${quote(fleetId)}`,
    `${SEARCH_ATTRIBUTE.region.name} = ${quote(regionId)}`,
  ].join(' AND ');
}
