import type { AuditEntry } from '../../contracts/fleet/fleet-control.js';
import type { Omitted, MemberProgress } from '../../contracts/fleet/fleet-progress.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import type { ClientContext } from '../connection/context.js';
import type { Operation } from '../rebuilds/operation.js';
import type { FleetLookup } from './find.js';
import { lastRebuilds, resultOfRun } from './member-rebuilds.js';
import type { FleetOperation } from './operation.js';
import { readFleet } from './read.js';
import { isOnWayBack, leftOnWayBack, rollbackCommand } from './rollback-targets.js';
import { readSettledMembers } from './settled-members.js';

/** One VM in a report. */
export interface ReportedMember extends MemberProgress {
  /** The VM's name when the fleet was planned; null where it had none, or nothing tells it. */
  readonly name: string | null;
  /** From the start of its last rebuild in this fleet to its end; null until it has ended. */
  readonly durationSeconds: number | null;
  /** The run of its last rebuild in this fleet; null where none was started, or the namespace keeps it no more. */
  readonly runId: string | null;
  /** The image that it was left with; null where nothing tells. */
  readonly imageAfter: string | null;
  /** Everything that is not as planned, in words. */
  readonly deviations: readonly string[];
}

/** What is to be known of a fleet for change management. */
export interface FleetReport {
  readonly fleet: FleetOperation;
  readonly auditEntries: readonly AuditEntry[];
  readonly members: readonly ReportedMember[];
  /** What of the fleet as a whole is not as planned. */
  readonly deviations: readonly string[];
}

/** Results that are fetched at a time. */
const AT_A_TIME = 10;

/** Acts by which a fleet leaves its plan. */
const LEAVES_PLAN = ['set', 'skip', 'retryFailed', 'resume', 'abort', 'reject', 'budget-exhausted', 'gate-expired'];

/**
 * Reports a fleet, running or finished: who, what was approved and done, and of each VM name, images, outcome, times and
 * what is not as planned, from the results of the rebuilds where the namespace still keeps them. Needs a worker.
 * @throws ReimageNotFoundError `FleetNotFound` · ReimageUnreachableError
 */
export async function reportFleet(context: ClientContext, lookup: FleetLookup): Promise<FleetReport> {
  const fleet = await readFleet(context, lookup);
  const members = await readSettledMembers(context, fleet);
  const runs = await lastRebuilds(context, fleet);
  const reported: ReportedMember[] = [];
  for (let from = 0; from < members.length; from += AT_A_TIME) {
    const some = members.slice(from, from + AT_A_TIME);
    reported.push(...(await Promise.all(some.map((member) => report(context, member, runs.get(member.instanceId))))));
  }
  const { auditEntries = [], omitted } = fleet.result ?? fleet.summary ?? {};
  const deviations = auditEntries
    .filter(({ action }) => LEAVES_PLAN.includes(action))
    .map(({ action, by, reason }) => `${action}${by === null ? '' : ` by ${by}`}: ${reason}`);
  const untold = omitted === undefined ? [] : [`left out of this report ${leftOutText(omitted)}`];
  return {
    fleet,
    auditEntries,
    members: reported,
    deviations: [...deviations, ...notPutBack(fleet, members), ...untold],
  };
}

/** What a fleet that has ended has not come to put back. */
function notPutBack(fleet: FleetOperation, members: readonly MemberProgress[]): string[] {
  const left = members.filter(isOnWayBack);
  if (fleet.isRunning || left.length === 0) return [];
  const ids = left.map(({ instanceId }) => instanceId).join(', ');
  return [`not yet put back: ${ids}; ${rollbackCommand(fleet)} goes on with them`];
}

async function report(
  context: ClientContext,
  member: MemberProgress,
  run: Operation | undefined,
): Promise<ReportedMember> {
  const result = run === undefined ? null : await resultOfRun(context, run);
  const imageAfter = result?.imageAfter ?? (member.state === 'done' ? member.imageId : null);
  return {
    ...member,
    name: member.name ?? null,
    durationSeconds: durationOf(member),
    runId: run?.runId ?? null,
    imageAfter,
    deviations: deviationsOf(member, result),
  };
}

function durationOf({ startedAt, finishedAt }: MemberProgress): number | null {
  if (startedAt === null || finishedAt === null) return null;
  return Math.max(0, Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000));
}

function deviationsOf(member: MemberProgress, result: RebuildResult | null): string[] {
  const { state, reason, failure, imageId } = member;
  const why = [failure, reason].filter((text) => text !== null).join(': ');
  const otherImage = result !== null && state === 'done' && result.imageAfter !== imageId;
  const what = isOnWayBack(member) ? leftOnWayBack(member).why : state;
  return [
    ...(state === 'done' ? [] : [`${what}${why === '' ? '' : `: ${why}`}`]),
    ...(otherImage ? [`has image ${result.imageAfter ?? 'unknown'}`] : []),
    ...(result?.warnings ?? []).map(({ message }) => message),
  ];
}

/** What a fleet no longer tells, in one line. */
export function leftOutText({ reasons, auditEntries }: Omitted): string {
  const parts = [
    ...(reasons === 0 ? [] : [`notes of ${reasons} VMs`]),
    ...(auditEntries === 0 ? [] : [`its ${auditEntries} oldest acts`]),
  ];
  return `for their size: ${parts.join(', ')}`;
}
