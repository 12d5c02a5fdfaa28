import { RegionId } from '../ids.js';
import { FleetName } from './fleet-spec.js';

/** One fleet of one region. `fleetId` is its name and the first eight characters of its plan's digest. */
export interface FleetRef {
  readonly regionId: string;
  readonly fleetId: string;
}

/** What a fleet holds while it runs: the name, in the region. */
export interface FleetLock {
  readonly regionId: string;
  readonly name: string;
}

/** Characters of the digest that a fleet id carries. */
const DIGEST_LENGTH = 8;

/** The id of the fleet that works through a plan. A plan has one, so it can be started once only. */
export function fleetIdOf(name: string, digest: string): string {
  return `${name}-${digest.slice(0, DIGEST_LENGTH)}`;
}

/** The name in an id made by {@link fleetIdOf}; null for any other text. */
export function nameOfFleet(fleetId: string): string | null {
  const [, name = ''] = /^(.+)-[0-9a-f]{8}$/.exec(fleetId) ?? [];
  return FleetName.safeParse(name).success ? name : null;
}

/**
 * The workflow id of a fleet. It is the lock: one fleet of a name in a region at a time, whoever starts it.
 * @see docs/decisions/0031-one-fleet-of-a-name.md
 */
export function fleetWorkflowId({ regionId, name }: FleetLock): string {
  return `reimage:${regionId}:${name}`;
}

/** Reads a workflow id made by {@link fleetWorkflowId}; null for any other id. */
export function parseFleetWorkflowId(workflowId: string): FleetLock | null {
  const [, regionId = '', name = ''] = /^reimage:([^:]+):([^:]+)$/.exec(workflowId) ?? [];
  return RegionId.safeParse(regionId).success && FleetName.safeParse(name).success ? { regionId, name } : null;
}

/** The workflow id of the claim that a fleet lays on its plan. */
export function planClaimId({ regionId, fleetId }: FleetRef): string {
  return `claim-plan:${regionId}:${fleetId}`;
}

/** The workflow id of the claim that a retry lays on the fleet that it takes up. */
export function retryClaimId({ regionId, fleetId }: FleetRef): string {
  return `claim-retry:${regionId}:${fleetId}`;
}

/** The workflow id of the claim that a firing of a schedule lays on itself. @param firstRunId - the one that a reset leaves as it is */
export function firingClaimId(firstRunId: string): string {
  return `claim-firing:${firstRunId}`;
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

/** The request id of one attempt of a fleet at one of its VMs: it marks the VM, so that no attempt erases twice. */
export function fleetRequestId(fleetId: string, attempt: number): string {
  return `fleet:${fleetId}:${attempt}`;
}

/**
 * Whether a VM's marker was left by this attempt of a fleet or by a later one of the same fleet, rolled back or not.
 * Attempts only grow: a later one is there where the fleet was reset, and lives through what it has done once more.
 */
export function isOfThisAttemptOrLater(marker: string, requestId: string): boolean {
  const [left, asked] = [attemptOf(marker), attemptOf(requestId)];
  return left !== null && asked !== null && left.fleetId === asked.fleetId && left.attempt >= asked.attempt;
}

/** Whether a VM's marker was left by a rebuild of the fleet that this request id is of, in whichever attempt. */
export function isOfSameFleet(marker: string, requestId: string): boolean {
  const [left, asked] = [attemptOf(marker), attemptOf(requestId)];
  return left !== null && asked !== null && left.fleetId === asked.fleetId;
}

/** How often a fleet tries a VM at most, and some. */
const MOST_ATTEMPTS = 20;

/** The request ids of later attempts of the same fleet at the same VM; none for what is no fleet's. */
export function laterAttempts(requestId: string): string[] {
  const asked = attemptOf(requestId);
  if (asked === null) return [];
  return Array.from({ length: MOST_ATTEMPTS }, (_, n) => fleetRequestId(asked.fleetId, asked.attempt + n + 1));
}

function attemptOf(text: string): { readonly fleetId: string; readonly attempt: number } | null {
  const [, fleetId, attempt] = /^fleet:([^:]+):(\d+)(?::rollback-\d+)?$/.exec(text) ?? [];
  return fleetId === undefined ? null : { fleetId, attempt: Number(attempt) };
}
