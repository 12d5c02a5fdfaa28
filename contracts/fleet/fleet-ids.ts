import { RegionId } from '../ids.js';
import { FleetName } from './fleet-spec.js';

/** One fleet of one region. `fleetId` is its name and the first eight signs of its plan's digest. */
export interface FleetRef {
  readonly regionId: string;
  readonly fleetId: string;
}

/** Signs of the digest that a fleet id carries. */
const DIGEST_SIGNS = 8;

/** The id under which a plan runs. A plan has one, so it can be started once only. */
export function fleetIdOf(name: string, digest: string): string {
  return `${name}-${digest.slice(0, DIGEST_SIGNS)}`;
}

/** The workflow id of a fleet. */
export function fleetWorkflowId({ regionId, fleetId }: FleetRef): string {
  return `reimage:${regionId}:${fleetId}`;
}

/** Reads a workflow id made by {@link fleetWorkflowId}; null for any other id. */
export function parseFleetWorkflowId(workflowId: string): (FleetRef & { readonly name: string }) | null {
  const match = /^reimage:([^:]+):([^:]+)-([0-9a-f]{8})$/.exec(workflowId);
  const [, regionId = '', name = '', digest = ''] = match ?? [];
  if (!RegionId.safeParse(regionId).success || !FleetName.safeParse(name).success) return null;
  return { regionId, name, fleetId: `${name}-${digest}` };
}

/** The workflow id of a fleet's plan; `unique` keeps two plans of one fleet apart. */
export function fleetPlanWorkflowId({ regionId, name }: { regionId: string; name: string }, unique: string): string {
  return `plan-reimage:${regionId}:${name}:${unique}`;
}
