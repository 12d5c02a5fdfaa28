import * as z from 'zod';
import { fleetWorkflowId, nameOfFleet } from '../../contracts/fleet/fleet-ids.js';
import { RegionId } from '../../contracts/ids.js';
import { WORKFLOW } from '../../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { describeRunOrNull, listRuns, type RunDescription } from '../../temporal/namespace/runs.js';
import { callTemporal, type ClientContext } from '../connection/context.js';
import { failureOf, type ReimageError, ReimageInvalidInputError, toReimageError } from '../connection/errors.js';
import { quote } from '../connection/visibility-query.js';
import { withTaskFailures } from '../rebuilds/list.js';
import { fleetFromInfo, type FleetOperation, fleetRefOf, isRefusedFleet } from './operation.js';

/** Names a fleet, by its id or by its name: then the last of that name. Without a region it is looked for in all. */
export const FleetLookup = z.object({
  fleetId: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{1,64}$/, 'must be the id or the name of a fleet, for example web-2026-12')
    .meta({ description: 'Id of a fleet, or its name' }),
  regionId: RegionId.optional(),
  /** A run of the fleet: it tells one that never began from the one that had used its plan. */
  runId: z.string().optional(),
});
export type FleetLookup = z.output<typeof FleetLookup>;

/** A fleet to be looked for in a region that is known. */
type FleetOfRegion = FleetLookup & { readonly regionId: string };

/**
 * Temporal's description of the fleet that is meant, in its latest run. The locks are asked first, which tell what is so
 * now; the index, which lags, tells the region where none was given, and fleets that have ended since others took the name.
 * @throws ReimageNotFoundError `FleetNotFound` · ReimageInvalidInputError where several regions have it ·
 * ReimageUnreachableError
 */
export async function findFleet(context: ClientContext, lookup: FleetLookup): Promise<RunDescription> {
  const regionId = lookup.regionId ?? (await regionInIndex(context, lookup));
  const found = regionId === null ? null : await findInRegion(context, { ...lookup, regionId });
  if (found === null) throw notFound(lookup, context);
  return found;
}

/** The description of one run under a workflow id, or of the latest; null where there is none. */
export async function describeFleet(
  context: ClientContext,
  workflowId: string,
  runId?: string,
): Promise<RunDescription | null> {
  return await callTemporal(context, () => describeRunOrNull(context.client, workflowId, runId));
}

async function findInRegion(context: ClientContext, lookup: FleetOfRegion): Promise<RunDescription | null> {
  const byId = await findById(context, lookup);
  if (byId !== null && (!isRefusedFleet(byId) || byId.runId === lookup.runId)) return byId;
  const byName = await findByName(context, lookup);
  const isBegun = byName !== null && !isRefusedFleet(byName);
  // Only a text that could be an id may mean one that has ended.
  if (isBegun && nameOfFleet(lookup.fleetId) === null) return byName;
  const indexed = await fleetsInIndex(context, lookup);
  const ended = newest(indexed.filter(({ isId }) => isId)) ?? (isBegun ? null : newest(indexed));
  const found = ended === null ? null : await describeFleet(context, ended.workflowId, ended.runId);
  return found ?? byName ?? byId;
}

/**
 * The fleet of this id, where it is the one that its name's lock has or had last. One that never began, since another
 * had used its plan, has the same id: it is meant where its run is given.
 */
async function findById(
  context: ClientContext,
  { regionId, fleetId, runId }: FleetOfRegion,
): Promise<RunDescription | null> {
  const name = nameOfFleet(fleetId);
  if (name === null) return null;
  const workflowId = fleetWorkflowId({ regionId, name });
  const last = await describeFleet(context, workflowId);
  if (last !== null && runId !== undefined && last.runId !== runId) {
    const run = ofFleet(fleetId, await describeFleet(context, workflowId, runId));
    if (run !== null && isRefusedFleet(run)) return run;
  }
  return ofFleet(fleetId, last);
}

function ofFleet(fleetId: string, description: RunDescription | null): RunDescription | null {
  return description !== null && fleetRefOf(description)?.fleetId === fleetId ? description : null;
}

/** The fleet of this name that runs, or ran last. */
async function findByName(
  context: ClientContext,
  { regionId, fleetId: name }: FleetOfRegion,
): Promise<RunDescription | null> {
  const last = await describeFleet(context, fleetWorkflowId({ regionId, name }));
  return last !== null && fleetRefOf(last)?.name === name ? last : null;
}

async function regionInIndex(context: ClientContext, lookup: FleetLookup): Promise<string | null> {
  const indexed = await fleetsInIndex(context, lookup);
  const ids = indexed.filter(({ isId }) => isId);
  const regions = [...new Set((ids.length > 0 ? ids : indexed).map(({ regionId }) => regionId))].toSorted();
  if (regions.length <= 1) return regions[0] ?? null;
  const message = `Fleets named ${lookup.fleetId} are in ${regions.join(' and ')}: name the region.`;
  throw new ReimageInvalidInputError(message, 'regionId');
}

/** The one that began last, of those that did begin. */
function newest(fleets: readonly IndexedFleet[]): IndexedFleet | null {
  return fleets.filter(({ isRefused }) => !isRefused).toSorted((a, b) => b.startedAt - a.startedAt)[0] ?? null;
}

function notFound({ fleetId, regionId }: FleetLookup, { client }: ClientContext): ReimageError {
  const where = regionId === undefined ? '' : ` in ${regionId}`;
  const message = `Namespace ${client.options.namespace} knows of no fleet ${fleetId}${where}.`;
  return toReimageError(failureOf('FleetNotFound', message));
}

/** One run of a fleet, as Temporal's index knows it. */
export interface IndexedFleet {
  readonly workflowId: string;
  readonly runId: string;
  readonly regionId: string;
  /** The text that was asked for is its id; else its name. */
  readonly isId: boolean;
  /** It never began. */
  readonly isRefused: boolean;
  readonly startedAt: number;
}

/**
 * The runs of fleets of an id or a name, in one region or all, from Temporal's index, which lags by a moment.
 * @throws ReimageUnreachableError
 */
export async function fleetsInIndex(
  context: ClientContext,
  { fleetId, regionId }: { readonly fleetId: string; readonly regionId?: string | undefined },
): Promise<IndexedFleet[]> {
  const { fleet, region } = SEARCH_ATTRIBUTE;
  const query = [
    `WorkflowType = ${quote(WORKFLOW.reimageFleet)}`,
    `(${fleet.name} = ${quote(fleetId)} OR ${fleet.name} STARTS_WITH ${quote(`${fleetId}-`)})`,
    ...(regionId === undefined ? [] : [`${region.name} = ${quote(regionId)}`]),
  ].join(' AND ');
  return await callTemporal(context, async () => {
    const all: IndexedFleet[] = [];
    for await (const info of listRuns(context.client, { query })) {
      const { workflowId, runId, startTime } = info;
      const ref = fleetRefOf(info);
      if (ref === null || (ref.fleetId !== fleetId && ref.name !== fleetId)) continue;
      const isId = ref.fleetId === fleetId;
      const found = { workflowId, runId, regionId: ref.regionId, isId, isRefused: isRefusedFleet(info) };
      all.push({ ...found, startedAt: startTime.getTime() });
    }
    return all;
  });
}

/** Which fleets to list. What is left out does not narrow the list. */
export const FleetListQuery = z.strictObject({
  regionId: RegionId.optional(),
  /** True: only those under way; false: only those that have ended. */
  running: z.boolean().optional(),
  limit: z.int().min(1).max(1000).default(50),
});
export type FleetListQuery = z.output<typeof FleetListQuery>;

/**
 * Lists fleets from Temporal's index, which lags by a moment: without summary and result, in the order that the
 * server gives. Of those under way it says whether their workflow task fails, by a call for each.
 * @throws ReimageUnreachableError
 */
export async function listFleets(context: ClientContext, list: FleetListQuery): Promise<FleetOperation[]> {
  const query = filterOf(list);
  const listed = await callTemporal(context, async () => {
    const fleets: FleetOperation[] = [];
    for await (const info of listRuns(context.client, { query, pageSize: Math.min(list.limit, 200) })) {
      const fleet = fleetFromInfo(info, context);
      if (fleet !== null) fleets.push(fleet);
      if (fleets.length >= list.limit) break;
    }
    return fleets;
  });
  return await withTaskFailures(context, listed, ({ isRunning }) => isRunning);
}

function filterOf({ regionId, running }: FleetListQuery): string {
  return [
    `WorkflowType = ${quote(WORKFLOW.reimageFleet)}`,
    // A fleet that has continued as new is told by its last run.
    `ExecutionStatus != 'ContinuedAsNew'`,
    ...(regionId === undefined ? [] : [`${SEARCH_ATTRIBUTE.region.name} = ${quote(regionId)}`]),
    ...(running === undefined ? [] : [`ExecutionStatus ${running ? '=' : '!='} 'Running'`]),
  ].join(' AND ');
}
