import type { MemberProgress } from '../../contracts/fleet/fleet-progress.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import { unreadableText } from '../../contracts/task-failure.js';
import type { ClientContext } from '../connection/context.js';
import type { Operation } from '../rebuilds/operation.js';
import { lastOfLock, lastRebuilds, resultOfRun } from './member-rebuilds.js';
import type { FleetOperation } from './operation.js';
import { readMembers } from './read.js';
import { isUnderWay } from './rollback-targets.js';

/**
 * All VMs of a fleet. One that was terminated never learns how the rebuilds under way ended, which go on without it:
 * of those the rebuilds themselves tell. Which those are the locks tell, and where others have had them since, the index.
 * @throws ReimageUnreachableError (also: no worker)
 */
export async function readSettledMembers(context: ClientContext, fleet: FleetOperation): Promise<MemberProgress[]> {
  const members = await readMembers(context, fleet);
  if (fleet.isRunning || !members.some(isUnderWay)) return members;
  const runs = await lastRebuilds(context, fleet);
  const settled: MemberProgress[] = [];
  for (const member of members) {
    if (!isUnderWay(member)) {
      settled.push(member);
      continue;
    }
    // The lock first: by an index that lags a VM that is done would be erased once more.
    const run = (await lastOfLock(context, fleet, member.instanceId)) ?? runs.get(member.instanceId);
    const result = run === undefined ? null : await resultOfRun(context, run);
    settled.push(settle(member, run, result));
  }
  return settled;
}

/** What the result of a rebuild tells of its VM. */
type Ended = Pick<RebuildResult, 'outcome' | 'failure' | 'imageBefore' | 'imageAfter' | 'backup'>;

/** What a VM is whose fleet was terminated in the middle of its rebuild. Pure. @param result - of `run`, where it told one */
export function settle(
  member: MemberProgress,
  run: Pick<Operation, 'status' | 'finishedAt' | 'backupImageId' | 'unreadable'> | undefined,
  result: Ended | null,
): MemberProgress {
  if (run?.status === 'running') return member;
  const finishedAt = run?.finishedAt ?? null;
  const backupImageId = backupOf(member, run, result);
  return { ...member, finishedAt, backupImageId, ...(result === null ? wordlessEnd(run) : endOf(result, member)) };
}

/** Of one whose result cannot be decrypted here, how it ended stands in clear. */
function wordlessEnd(
  run: Pick<Operation, 'status' | 'unreadable'> | undefined,
): Pick<MemberProgress, 'state' | 'failure' | 'reason'> {
  if (run?.unreadable === undefined || run.status === 'running') return WORDLESS;
  const { status: state, unreadable } = run;
  return {
    state,
    failure: state === 'done' ? null : 'Unreadable',
    reason: `the result of its rebuild is ${unreadableText(unreadable)}`,
  };
}

/** The last backup of what the VM had before: one of what an earlier attempt had made of it is no way back. */
function backupOf(
  { backupImageId, imageBefore, imageId }: MemberProgress,
  run: Pick<Operation, 'backupImageId'> | undefined,
  result: Ended | null,
): string | null {
  const wasMoved = result?.imageBefore === imageId && imageBefore !== imageId;
  return wasMoved ? backupImageId : (result?.backup?.imageId ?? backupImageId ?? run?.backupImageId ?? null);
}

const WORDLESS = {
  state: 'failed',
  failure: 'Unexpected',
  reason: 'its rebuild ended without a word: look at the VM',
} as const;

function endOf(
  { outcome, failure, imageAfter }: Ended,
  { imageId }: MemberProgress,
): Pick<MemberProgress, 'state' | 'failure' | 'reason'> {
  const wasPutBack = failure?.type === 'RolledBack' || (outcome === 'done' && imageAfter !== imageId);
  const state = wasPutBack ? 'rolled-back' : outcome;
  return { state, failure: failure?.type ?? null, reason: failure?.message ?? null };
}
