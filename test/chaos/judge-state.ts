import type { FailureType } from '../../contracts/failures.js';
import type { Failure, RebuildResult } from '../../contracts/rebuild-result.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import type { Ended } from './play-walk.js';
import type { Rebuild } from './stage.js';
import { CHANGES_THE_VM } from './walk.js';

/** A look may have been shared, and so be a little older than it is said to be. */
const SLACK_MS = 1_000;
const PASSING = ['stopping', 'starting', 'rebooting', 'rebuilding', 'deleting', 'pending'];

/** The state that the result names is the VM's, and its power is as promised; what excuses another is told by the result or was done by others. */
export function judgeState(cloud: Simulator, ended: Ended): string[] {
  return [...judgeTold(cloud, ended), ...judgePower(cloud, ended)];
}

function judgeTold(cloud: Simulator, { rebuild, result, atEnd }: Ended): string[] {
  const { power, imageAfter } = result;
  if (result.outcome === 'done' && !isAccepted(result) && (power.after === null || imageAfter === null))
    return ['done, and its end state is not told'];
  if (atEnd === null && typesOf(result).includes('VmDeleted')) return [];
  // A null says that it is not known.
  const isTrue =
    (power.after === null || power.after === atEnd?.status) && (imageAfter === null || imageAfter === atEnd?.imageId);
  const seenAt = lastSeenAt(result);
  if (isTrue || seenAt === null) return [];
  const excuse =
    wasChangedSince(rebuild, seenAt) || (lastFailure(result) !== null && couldNotSee(cloud, rebuild, result, seenAt));
  const is = atEnd === null ? 'gone' : `${atEnd.status} with ${atEnd.imageId}`;
  return excuse ? [] : [`told to be ${power.after} with ${imageAfter}, and is ${is}`];
}

function isAccepted({ decisions = [] }: RebuildResult): boolean {
  return decisions.at(-1)?.decision === 'accept';
}

/** Someone else acted on the VM after it was last seen. */
function wasChangedSince({ meddled }: Rebuild, seenAt: number): boolean {
  return meddled.some(({ how, at }) => CHANGES_THE_VM.includes(how) && at >= seenAt - SLACK_MS);
}

/** What was seen last was under way to something else, or a fault kept us from seeing more; the result says when it was seen. */
function couldNotSee({ journal }: Simulator, { instanceId }: Rebuild, result: RebuildResult, seenAt: number): boolean {
  if (result.power.after !== null && PASSING.includes(result.power.after)) return true;
  if (typesOf(result).includes('RebuildOutcomeUnknown')) return true;
  return journal.calls().some(({ fault, at, operation, instanceId: named }) => {
    const isOurs = named === instanceId || operation.startsWith('describe');
    return isOurs && fault !== null && Date.parse(at) >= seenAt - SLACK_MS;
  });
}

function lastSeenAt(result: RebuildResult): number | null {
  const failure = lastFailure(result);
  if (failure !== null) return failure.state?.observedAt == null ? null : Date.parse(failure.state.observedAt);
  const verified = result.timeline.findLast(({ phase }) => phase === 'verifying');
  return Date.parse(verified?.startedAt ?? result.finishedAt);
}

/** What it ended with, or was accepted in spite of. */
function lastFailure(result: RebuildResult): Failure | null {
  return result.failure ?? (isAccepted(result) ? result.failures?.at(-1) : undefined) ?? null;
}

/** Types of all that went wrong, the end included. */
function typesOf({ failure, failures = [] }: RebuildResult): FailureType[] {
  return [...failures, ...(failure === undefined ? [] : [failure])].map(({ type }) => type);
}

function judgePower(cloud: Simulator, ended: Ended): string[] {
  const { rebuild, result, atEnd } = ended;
  const { member, meddled, instanceId } = rebuild;
  if (meddled.some(({ how }) => CHANGES_THE_VM.includes(how))) return [];
  const isErased = cloud.journal.effective('rebuildInstance', instanceId) > 0;
  const is = atEnd?.status ?? 'gone';
  if (result.outcome === 'done' && !isAccepted(result)) {
    const promised = member.power === 'as-was' ? member.status : member.power;
    return is === promised ? [] : [`done, and ${is}; promised was ${promised}`];
  }
  // A person may take the VM as its rollback has left it.
  if (result.failure?.type === 'RolledBack' && !isAccepted(result))
    return is === member.status ? [] : [`rolled back, and ${is}; it was ${member.status}`];
  if (isErased || result.outcome === 'done') return [];
  // A stop that was refused has stopped nothing.
  const hasStopped = cloud.journal.effective('stopInstance', instanceId) > 0;
  return judgeRestored(result, { before: member.status, is, hasStopped });
}

const RESTORING_FAILED = /to give the VM its old power state back|could not be brought to rest/;
const NOT_RESTORED: readonly FailureType[] = ['ConcurrentChange', 'VmInError', 'VmDeleted', 'RebuildOutcomeUnknown'];

/** Without an erase the old power state comes back, or the failure says that giving it back failed. */
function judgeRestored(
  { failure, timeline, warnings }: RebuildResult,
  { before, is, hasStopped }: { readonly before: string; readonly is: string; readonly hasStopped: boolean },
): string[] {
  if (failure === undefined || NOT_RESTORED.includes(failure.type)) return [];
  if (is === 'gone' && failure.type === 'VmNotFound') return [];
  const hasRestored = timeline.some(({ phase }) => phase === 'restoring-power');
  if (hasStopped && !hasRestored) return ['stopped in vain, and its power was not restored'];
  // A run that was reset tells it in the warning that says whose rebuild it was.
  const told = [failure.message, ...warnings.map(({ message }) => message)];
  if (is === before || told.some((text) => RESTORING_FAILED.test(text))) return [];
  return [`not erased, and ${is}; it was ${before}`];
}
