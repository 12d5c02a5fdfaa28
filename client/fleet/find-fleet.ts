import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import * as z from 'zod';
import { fleetWorkflowId, parseFleetWorkflowId } from '../../contracts/fleet/fleet-ids.js';
import { RegionId } from '../../contracts/ids.js';
import { WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { failureOf, ReimageInvalidInputError, toReimageError, type ReimageError } from '../reimage-errors.js';
import { quote } from '../visibility-query.js';
import { fleetRefOf } from './fleet-ref.js';

/** Names a fleet, by its id or by its name: then the latest of that name. Without a region it is looked for in all. */
export const FleetLookup = z.object({
  fleetId: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{1,64}$/, 'must be the id or the name of a fleet, for example web-2026-12')
    .meta({ description: 'Id of a fleet, or its name' }),
  regionId: RegionId.optional(),
});
export type FleetLookup = z.output<typeof FleetLookup>;

/**
 * Temporal's description of the fleet that is meant, in its latest run.
 * @throws ReimageNotFoundError `FleetNotFound` · ReimageInvalidInputError where several regions have it ·
 * ReimageUnreachableError
 */
export async function findFleet(context: ClientContext, lookup: FleetLookup): Promise<WorkflowExecutionDescription> {
  const exact = workflowIdOf(lookup);
  const known = exact === null ? null : await describeFleet(context, exact);
  if (known !== null) return known;
  const found = await lookUp(context, lookup);
  const description = found === null ? null : await describeFleet(context, found);
  if (description === null) throw notFound(lookup, context);
  return description;
}

/** The description of the latest run under a workflow id; null where there is none. */
export async function describeFleet(
  context: ClientContext,
  workflowId: string,
): Promise<WorkflowExecutionDescription | null> {
  return await callTemporal(context, async () => {
    try {
      return await context.client.workflow.getHandle(workflowId).describe();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  });
}

/** The workflow id, where region and full fleet id are given: the server's own state then answers, and not its index. */
function workflowIdOf({ regionId, fleetId }: FleetLookup): string | null {
  const workflowId = regionId === undefined ? null : fleetWorkflowId({ regionId, fleetId });
  return workflowId === null || parseFleetWorkflowId(workflowId) === null ? null : workflowId;
}

async function lookUp(context: ClientContext, { fleetId, regionId }: FleetLookup): Promise<string | null> {
  const { fleet, region } = SEARCH_ATTRIBUTE;
  const query = [
    `WorkflowType = ${quote(WORKFLOW.reimageFleet)}`,
    `(${fleet.name} = ${quote(fleetId)} OR ${fleet.name} STARTS_WITH ${quote(`${fleetId}-`)})`,
    ...(regionId === undefined ? [] : [`${region.name} = ${quote(regionId)}`]),
  ].join(' AND ');
  const runs = await callTemporal(context, async () => {
    const all: { workflowId: string; isId: boolean; regionId: string; startedAt: number }[] = [];
    for await (const info of context.client.workflow.list({ query })) {
      const { workflowId, startTime } = info;
      const ref = fleetRefOf(info);
      if (ref === null || (ref.fleetId !== fleetId && ref.name !== fleetId)) continue;
      all.push({ workflowId, isId: ref.fleetId === fleetId, regionId: ref.regionId, startedAt: startTime.getTime() });
    }
    return all;
  });
  const ids = runs.filter(({ isId }) => isId);
  const meant = ids.length > 0 ? ids : runs;
  const regions = [...new Set(meant.map((run) => run.regionId))].toSorted();
  if (regions.length > 1) {
    const message = `Fleets named ${fleetId} are in ${regions.join(' and ')}: name the region.`;
    throw new ReimageInvalidInputError(message, 'regionId');
  }
  return meant.toSorted((a, b) => b.startedAt - a.startedAt)[0]?.workflowId ?? null;
}

function notFound({ fleetId, regionId }: FleetLookup, { client }: ClientContext): ReimageError {
  const where = regionId === undefined ? '' : ` in ${regionId}`;
  const message = `Namespace ${client.options.namespace} knows of no fleet ${fleetId}${where}.`;
  return toReimageError(failureOf('FleetNotFound', message));
}
