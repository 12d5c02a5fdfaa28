import { cancellationSignal } from '@temporalio/activity';
import { mayPass, RefusedError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import { markerOf } from '../checks/metadata.js';
import { afterRead, isOver, restsSince, wasRebuilt } from '../decisions/is-back.js';
import type { RebuildTarget } from '../decisions/landing.js';
import { type Observation, observe, toVmState } from '../decisions/observation.js';
import { failure } from '../runtime/failure.js';
import type { Timing } from '../runtime/time.js';
import type { Decide, WaitMemory } from './wait-until.js';

export interface BackDeps {
  readonly reader: Pick<VmReader, 'instance' | 'customData'>;
  readonly timing: Timing;
}

/**
 * Looks whether the VM is back, at every poll: at rest, and at rest after the rebuild ({@link isOver}). One that was seen
 * `rebuilding`, or shows a trace of it, was rebuilt. Polls may go on showing what was before, so that either way a read of
 * its own has to show the same.
 * @param wasBack - an earlier wait has seen the end: then one look and that read are enough
 */
export function isBack({ reader, timing }: BackDeps, target: RebuildTarget, wasBack: boolean): Decide {
  const { settleMs } = timing;
  let since: number | null = null;
  let isTraceless = false;
  const mayBeOver = (seen: Observation, memory: WaitMemory) => {
    Object.assign(memory, afterRead(target, seen, memory));
    const now = performance.now();
    since = restsSince(since, seen, now);
    const restsForMs = since === null ? null : now - since;
    return isOver({ target, seen, memory, restsForMs, settleMs, wasBack });
  };
  // Where the rebuild was not seen to pass, or shows nothing new, nothing seems to move.
  const notYet = (seen: Observation) => {
    if (since === null) return false;
    return isTraceless
      ? `${seen.status}, and neither its image, its disk nor its metadata shows a rebuild yet: read again every ${settleMs / 1000} s`
      : `at rest, which counts once it has lasted ${settleMs / 1000} s: a read may show what was before`;
  };
  return async (seen, memory) => {
    if (!mayBeOver(seen, memory)) return notYet(seen);
    if (!memory.sawPassing && !(await showsTrace(reader, target, seen))) {
      isTraceless = true;
      const answer = notYet(seen);
      since = null; // read the metadata once per settle time, not at every poll
      return answer;
    }
    const own = observe(await reader.instance(target.vm, fresh()), new Date());
    return mayBeOver(own, memory) || notYet(own);
  };
}

/** Ends a wait in which nothing can show, or should by now have shown, that the VM was rebuilt. */
async function showsTrace(reader: BackDeps['reader'], target: RebuildTarget, seen: Observation): Promise<boolean> {
  const rebuilt = wasRebuilt(target, seen, await readMarker(reader, target));
  const details = { observed: toVmState(seen) };
  if (rebuilt === 'no-trace') {
    const message = 'JD Cloud took the rebuild call, and nothing shows how it ended.';
    throw failure('RebuildOutcomeUnknown', message, { details });
  }
  if (rebuilt === 'untouched')
    throw failure('ConcurrentChange', 'The VM runs, and nothing shows that it was rebuilt.', { details });
  return rebuilt === 'yes';
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
