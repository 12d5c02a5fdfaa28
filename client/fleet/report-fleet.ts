import type { FleetAct } from '../../contracts/fleet/fleet-control.js';
import type { MemberProgress } from '../../contracts/fleet/fleet-progress.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import type { ClientContext } from '../client-context.js';
import type { Operation } from '../operation.js';
import type { FleetLookup } from './find-fleet.js';
import type { FleetOperation } from './fleet-operation.js';
import { lastRebuilds, resultOfRun } from './last-rebuilds.js';
import { readFleet } from './read-fleet.js';
import { readSettledMembers } from './settled-members.js';

/** One VM in a report. */
export interface ReportedMember extends MemberProgress {
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
  readonly acts: readonly FleetAct[];
  readonly members: readonly ReportedMember[];
  /** What of the fleet as a whole is not as planned. */
  readonly deviations: readonly string[];
}

/** Results that are fetched at a time. */
const AT_A_TIME = 10;

/** Acts by which a fleet leaves its plan. */
const LEAVES_PLAN = ['set', 'skip', 'retryFailed', 'resume', 'abort', 'reject', 'budget-exhausted', 'gate-expired'];

/**
 * Reports a fleet, running or finished: who, what was approved and done, and of each VM images, outcome, times and what
 * is not as planned, from the results of the rebuilds where the namespace still keeps them. Needs a worker.
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
  const acts = fleet.result?.acts ?? fleet.summary?.acts ?? [];
  const deviations = acts
    .filter(({ act }) => LEAVES_PLAN.includes(act))
    .map(({ act, by, reason }) => `${act}${by === null ? '' : ` by ${by}`}: ${reason}`);
  return { fleet, acts, members: reported, deviations };
}

async function report(
  context: ClientContext,
  member: MemberProgress,
  run: Operation | undefined,
): Promise<ReportedMember> {
  const result = run === undefined ? null : await resultOfRun(context, run);
  const imageAfter = result?.imageAfter ?? (member.state === 'done' ? member.imageId : null);
  return { ...member, runId: run?.runId ?? null, imageAfter, deviations: deviationsOf(member, result) };
}

function deviationsOf({ state, note, failure, imageId }: MemberProgress, result: RebuildResult | null): string[] {
  const why = [failure, note].filter((text) => text !== null).join(': ');
  const otherImage = result !== null && state === 'done' && result.imageAfter !== imageId;
  return [
    ...(state === 'done' ? [] : [`${state}${why === '' ? '' : `: ${why}`}`]),
    ...(otherImage ? [`has image ${result.imageAfter ?? 'unknown'}`] : []),
    ...(result?.warnings ?? []).map(({ message }) => message),
  ];
}
