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

const SCHEDULE = 'reimage:';
const FIRING = 'scheduled:';

/** The id of a schedule at Temporal: other schedules of the namespace are none of ours. */
export function temporalScheduleId(scheduleId: string): string {
  return `${SCHEDULE}${scheduleId}`;
}

/** Reads an id made by {@link temporalScheduleId}; null for any other. */
export function parseTemporalScheduleId(id: string): string | null {
  return id.startsWith(SCHEDULE) ? id.slice(SCHEDULE.length) : null;
}

/** The workflow id of a schedule's firings, to which Temporal adds the time of each. */
export function firingWorkflowId({ regionId, scheduleId }: { regionId: string; scheduleId: string }): string {
  return `${FIRING}${regionId}:${scheduleId}`;
}

/** Whether a workflow id is one of a firing of this schedule: as {@link firingWorkflowId} makes it, with or without a time. */
export function isFiringOf(schedule: { regionId: string; scheduleId: string }, workflowId: string): boolean {
  const id = firingWorkflowId(schedule);
  return workflowId.startsWith(id) && /^(-\d{4}-\d\d-\d\dT[\d:.]+Z)?$/.test(workflowId.slice(id.length));
}

/** Whether a workflow id is one of a firing: which fleet it became stands in its search attributes. */
export function isFiringWorkflowId(workflowId: string): boolean {
  return workflowId.startsWith(FIRING);
}
