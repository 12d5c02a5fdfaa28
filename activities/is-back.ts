import { cancellationSignal } from '@temporalio/activity';
import { mayPass, RefusedError } from '../jdcloud/errors.js';
import type { VmReader } from '../jdcloud/reader.js';
import { failure } from './failure.js';
import { markerOf } from './metadata.js';
import { type Observation, observe, toVmState } from './observation.js';
import { canBeTold, provesLanding, type RebuildTarget } from './rebuild-evidence.js';
import type { Timing } from './timing.js';
import type { Decide, WaitMemory } from './wait.js';

export interface BackDeps {
  readonly reader: Pick<VmReader, 'instance' | 'customData'>;
  readonly timing: Timing;
}

/**
 * Decides whether the VM is back: at rest, and at rest after the rebuild. Reads may show what was before, once or for a
 * while, so one look at `stopped` proves nothing, be it after `rebuilding` was seen. It counts when
 *
 * - the VM was seen `rebuilding` with its former image or system disk, and shows the new one now: no state before the
 *   rebuild looks like that, whenever JD Cloud changes them. Where they had changed already when it was seen
 *   `rebuilding`, they tell nothing of the end; or
 * - the VM was at rest in every look for `settleMs`, and was seen `rebuilding` before, or shows a trace of the rebuild.
 *
 * Polls may go on showing what was before, so that either way a read of its own has to show the same.
 * @param wasBack - an earlier wait has seen the end: then one look and that read are enough
 */
export function isBack({ reader, timing }: BackDeps, target: RebuildTarget, wasBack: boolean): Decide {
  let restsSince: number | null = null;
  const isOver = (seen: Observation, memory: WaitMemory) => {
    noteRebuilding(target, seen, memory);
    if (!isAtRest(seen)) restsSince = null;
    else restsSince ??= performance.now();
    const hasHeld = restsSince !== null && performance.now() - restsSince >= timing.settleMs;
    return restsSince !== null && (hasHeld || wasBack || showsEnd(target, seen, memory));
  };
  return async (seen, memory) => {
    if (!isOver(seen, memory)) return false;
    if (!memory.sawPassing && !provesLanding(target, seen, await readMarker(reader, target))) {
      refuseUnprovable(target, seen);
      restsSince = null; // look at the metadata once per settle time, not at every poll
      return false;
    }
    const own = observe(await reader.instance(target.vm, fresh()), new Date());
    return isOver(own, memory);
  };
}

/** Takes in what a look at a VM that is being rebuilt shows of it. */
function noteRebuilding({ before, imageId }: RebuildTarget, seen: Observation, memory: WaitMemory): void {
  if (seen.status !== 'rebuilding') return;
  memory.sawPassing = true;
  const hasOther = before.imageId !== null && before.imageId !== imageId;
  if (hasOther && seen.imageId === before.imageId) memory.sawFormerImage = true;
  if (before.systemDiskId !== null && seen.systemDiskId === before.systemDiskId) memory.sawFormerDisk = true;
}

/** Whether a look at rest shows what came after it was seen `rebuilding`. */
function showsEnd(target: RebuildTarget, seen: Observation, { sawFormerImage, sawFormerDisk }: WaitMemory): boolean {
  const hasNewImage = sawFormerImage && seen.imageId === target.imageId;
  const hasNewDisk = sawFormerDisk && seen.systemDiskId !== null && seen.systemDiskId !== target.before.systemDiskId;
  return hasNewImage || hasNewDisk;
}

/** Whether nothing is under way: JD Cloud leaves a rebuilt VM stopped, and it may come to run by itself. */
export function isAtRest({ status }: Observation): boolean {
  return status === 'stopped' || status === 'running';
}

/** Ends a wait in which nothing can show, or should by now have shown, that the VM was rebuilt. */
function refuseUnprovable(target: RebuildTarget, seen: Observation): void {
  const details = { observed: toVmState(seen) };
  if (!canBeTold(target))
    throw failure('RebuildOutcomeUnknown', 'JD Cloud took the rebuild call, and nothing shows how it ended.', {
      details,
    });
  if (seen.status === 'running')
    throw failure('ChangedUnderneath', 'The VM runs, and nothing shows that it was rebuilt.', { details });
}

/** Options of a read that is shared with nobody who asked earlier, and ends with its activity. */
export const fresh = () => ({ fresh: true, signal: cancellationSignal() });

/**
 * The marker, or null where there is none or where JD Cloud has none to read: without it the other evidence has to do.
 * @throws JdCloudError when it cannot be read now, be it for the account's keys or rights: that says nothing of the marker
 */
export async function readMarker(reader: BackDeps['reader'], target: RebuildTarget): Promise<string | null> {
  if (!target.markerUsable) return null;
  const reading = reader.customData(target.vm, fresh()).catch((error: unknown) => {
    if (error instanceof RefusedError && !mayPass(error)) return null;
    throw error;
  });
  return markerOf(await reading);
}
