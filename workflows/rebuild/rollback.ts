import { ApplicationFailure } from '@temporalio/workflow';
import type { Rollback } from '../../contracts/decision.js';
import { isRollbackOf, rollbackMarker } from '../../contracts/names.js';
import type { RebuildPlan } from '../../contracts/rebuild-plan.js';
import { RebuildRequest } from '../../contracts/rebuild-request.js';
import { parseInput } from '../runtime/parse-input.js';
import { comeBack, type Rebuilt, stopAndRebuild } from './attempt.js';
import type { Run } from './run.js';
import { waitAtRest } from './settle-power.js';
import { replan, targetOf } from './steps.js';

/** What the VM can be put back from. */
export type WayBack = Pick<Rollback, 'imageId' | 'source' | 'dataLost'>;

/**
 * The backup where there is one, else the image that the VM had; null where that is the very image that was put on:
 * to erase the disk once more for the same image would mend nothing.
 */
export function wayBackOf({ record }: Run, { plan, target }: Rebuilt): WayBack | null {
  const { backup } = record.wayBack;
  if (backup !== null) return { imageId: backup.imageId, source: 'backup', dataLost: false };
  const imageId = plan.imageBefore?.imageId;
  if (imageId === undefined || imageId === target.imageId) return null;
  return { imageId, source: 'former-image', dataLost: true };
}

/** What the VM is being driven to: the image asked for, or, with a way back, the former one. */
export interface RollbackAttempt {
  /** With the request that the VM is driven by: that of the way back has one of its own. */
  readonly run: Run;
  readonly rebuilt: Rebuilt;
  readonly way: WayBack | null;
}

/**
 * Begins to put the VM back: one more rebuild, planned and checked like the first.
 * @throws what kept its rebuild call from being made
 */
export async function startRollback(run: Run, rebuilt: Rebuilt, way: WayBack): Promise<RollbackAttempt> {
  const { record } = run;
  const back = { ...run, request: requestBack(run.request, rebuilt, way) };
  const lastSeen = record.observed?.imageId ?? null;
  record.rollbackBegins(way);
  try {
    record.enter('rolling-back', run.request.deadlines.rebuildingSeconds);
    await waitAtRest(back);
    const plan = await replan(back);
    const ours = [rebuilt.target.imageId, lastSeen, ...(record.wayBack.hasSentBack ? [way.imageId] : [])];
    refuseForeignImage(plan, ours);
    refuseForeignOperation(plan, rebuilt);
    const count = record.wayBack.rollbacks.length;
    // A marker of its own: the first one tells of the rebuild that is being taken back.
    const { hostnameBefore: hostname } = rebuilt.plan;
    const target = {
      ...targetOf(back, plan),
      ...(hostname !== undefined && { hostname }),
      marker: rollbackMarker(rebuilt.target.marker, count),
    };
    const again = await stopAndRebuild(back, plan, target);
    record.wayBack.sentAgain();
    // What the VM looked like at the very beginning is what it is to look like again.
    return { run: back, rebuilt: { ...again, plan: { ...plan, profile: rebuilt.plan.profile } }, way };
  } finally {
    record.rollbackEnds('failed');
  }
}

/** Someone else's rebuild is not taken back. @param ours - images that we put on, and the one that was seen last */
function refuseForeignImage({ imageBefore }: RebuildPlan, ours: readonly (string | null)[]): void {
  const now = imageBefore?.imageId ?? null;
  if (ours.includes(now)) return;
  throw ApplicationFailure.nonRetryable(`The VM has image ${now}: someone else rebuilt it.`, 'ConcurrentChange');
}

/** Nor is what another operation has put there: it may be the very image that was seen last. */
function refuseForeignOperation({ lastOperation: now }: RebuildPlan, { plan, target }: Rebuilt): void {
  if (!now || now === target.marker || now === plan.lastOperation || isRollbackOf(now, target.marker)) return;
  const message = `The VM carries the marker ${now}: another operation rebuilt it.`;
  throw ApplicationFailure.nonRetryable(message, 'ConcurrentChange');
}

/**
 * Looks again and drives the VM on to where it is under way to, without an erase.
 * @throws what kept it from coming back
 */
export async function resume({ run, rebuilt, way }: RollbackAttempt): Promise<void> {
  const { request, record } = run;
  if (way === null) {
    record.enter('rebuilding', request.deadlines.rebuildingSeconds);
    return await comeBack(run, rebuilt);
  }
  record.rollbackResumes();
  try {
    record.enter('rolling-back', request.deadlines.rebuildingSeconds);
    await comeBack(run, rebuilt, { spareSick: true });
    record.rollbackEnds('done');
  } catch (error) {
    record.rollbackEnds('failed');
    throw error;
  }
}

/** The request of the rebuild that takes the first one back. What was asked for the new system is not put on the old one. */
function requestBack(request: RebuildRequest, { plan }: Rebuilt, { imageId, source }: WayBack): RebuildRequest {
  const { regionId, instanceId, overrideProtection, healthChecks, deadlines } = request;
  const login = loginBack(request, plan.osBefore === 'windows', source);
  const power = plan.power.before;
  const written = { regionId, instanceId, imageId, ...login, overrideProtection, healthChecks, deadlines, power };
  const given = Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined));
  return parseInput(RebuildRequest, given, 'request to put the VM back');
}

/** The login of a backup is inside it, and is the one that people have; save that Windows takes no key, and is entered by password. */
function loginBack(request: RebuildRequest, isWindows: boolean, from: WayBack['source']): Partial<RebuildRequest> {
  const { keyNames, passwordRef, imageInherit, passWordAuth } = request;
  if (isWindows && passwordRef !== undefined) return { passwordRef };
  return from === 'backup' ? { imageInherit: 'yes' } : { keyNames, passwordRef, imageInherit, passWordAuth };
}
