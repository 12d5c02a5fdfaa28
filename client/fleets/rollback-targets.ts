import type { ROLLBACK_SOURCES } from '../../contracts/decision.js';
import type { FleetPlan, FleetRow } from '../../contracts/fleet/fleet-plan.js';
import type { MemberProgress } from '../../contracts/fleet/fleet-progress.js';

/** What one VM is put back onto. */
export interface RollbackTarget {
  readonly instanceId: string;
  readonly imageId: string;
  /** With a former image all that was on the system disk is lost; with a backup what was written since. */
  readonly from: (typeof ROLLBACK_SOURCES)[number];
}

/** A VM that is not put back, and why. */
export interface LeftOut {
  readonly instanceId: string;
  readonly why: string;
}

export interface Targets {
  readonly targets: readonly RollbackTarget[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Whether the fleet may have moved this VM: what it has now tells. So may it be with one that failed, was cancelled
 * through Temporal, waits to be tried again or put back, or was skipped while it waited for that. Pure.
 */
export function mayBeMoved({ state, startedAt, goal }: Pick<MemberProgress, 'state' | 'startedAt' | 'goal'>): boolean {
  if (isOnWayBack({ state, goal })) return !isUnderWay({ state });
  if (state === 'waiting' || state === 'deferred' || state === 'skipped') return startedAt !== null;
  return state === 'done' || state === 'failed' || state === 'cancelled';
}

/** Whether the fleet was putting this VM back, and has not come to an end with it. Pure. */
export function isOnWayBack({ state, goal }: Pick<MemberProgress, 'state' | 'goal'>): boolean {
  return goal === 'rollback' && (state === 'waiting' || state === 'deferred' || isUnderWay({ state }));
}

/** What is said of a VM on its way back where it is not moved forward again. Pure. */
export function leftOnWayBack({ instanceId, state }: Pick<MemberProgress, 'instanceId' | 'state'>): LeftOut {
  return { instanceId, why: isUnderWay({ state }) ? 'it is being put back' : 'it waits to be put back' };
}

/** The command that goes on putting VMs of a fleet back. Pure. */
export function rollbackCommand({
  fleetId,
  regionId,
}: {
  readonly fleetId: string;
  readonly regionId: string;
}): string {
  return `\`reimage fleet rollback ${fleetId} --region ${regionId}\``;
}

/** Whether the rebuild of this VM by the fleet has not ended yet: of a fleet that is paused or was terminated. Pure. */
export function isUnderWay({ state }: Pick<MemberProgress, 'state'>): boolean {
  return state === 'rebuilding' || state === 'held';
}

/** What is said of a VM whose rebuild is under way: nobody knows yet whether it has to be put back. Pure. */
export function leftUnderWay({ instanceId, state }: Pick<MemberProgress, 'instanceId' | 'state'>): LeftOut {
  const what = state === 'held' ? 'it is held' : 'its rebuild is under way';
  return { instanceId, why: `${what}: take the fleet back once more when that has ended` };
}

/** What moved VMs can be put back onto: their backup, else the image that they had. Pure. */
export function targetsOf(members: readonly MemberProgress[]): Targets {
  const targets: RollbackTarget[] = [];
  const leftOut: LeftOut[] = [];
  for (const { instanceId, backupImageId, imageBefore, imageId } of members) {
    if (backupImageId !== null) targets.push({ instanceId, imageId: backupImageId, from: 'backup' });
    else if (imageBefore !== null && imageBefore !== imageId)
      targets.push({ instanceId, imageId: imageBefore, from: 'former-image' });
    else leftOut.push({ instanceId, why: 'it has no backup, and had the same image before' });
  }
  return { targets, leftOut };
}

/** Leaves VMs out that no longer have the image of the fleet: somebody has changed them since. Pure. */
export function stillMoved(targets: readonly RollbackTarget[], movedTo: string, { rows }: FleetPlan): Targets {
  const rowOf = new Map(rows.map((row) => [row.instanceId, row]));
  const why = (row: FleetRow | undefined) => {
    if (row === undefined) return 'it was not found';
    return row.imageBefore === movedTo ? null : `it has ${row.imageBefore ?? 'an unknown image'} now, not ${movedTo}`;
  };
  return {
    targets: targets.filter(({ instanceId }) => why(rowOf.get(instanceId)) === null),
    leftOut: targets.flatMap(({ instanceId }) => {
      const said = why(rowOf.get(instanceId));
      return said === null ? [] : [{ instanceId, why: said }];
    }),
  };
}

/** The image that most VMs are put back onto: what the fleet is listed under. */
export function mostCommonImage(targets: readonly RollbackTarget[]): string {
  const counts = new Map<string, number>();
  for (const { imageId } of targets) counts.set(imageId, (counts.get(imageId) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}
