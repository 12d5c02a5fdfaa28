import { ActivityFailure } from '@temporalio/workflow';
import type { Unreported } from '../../activities/fleet/observe-activities.js';
import type { MemberState } from '../../contracts/fleet/fleet-progress.js';
import { activitiesUnder } from '../runtime/retry-policies.js';
import { unobservableBlocker } from './blockers.js';
import { changeOr, type Fleet } from './fleet-context.js';
import type { Member } from './members.js';

/** How long one look at the images is tried for before the fleet says why and tries again. */
const OBSERVE_WITHIN_MS = 600_000;

/** Pause before VMs that are being rebuilt are looked at again. */
const PAUSE_MS = 5_000;

/** Least time for the looks: what a rebuild that was terminated has done may show late. */
const OBSERVE_EVERY_MS = 600_000;

/** Those that wait, or were skipped, may have been tried before. */
const UNTOLD: readonly MemberState[] = ['failed', 'cancelled', 'waiting', 'deferred', 'skipped'];

/**
 * Finds out which VMs were moved though their rebuild did not say so: one that was terminated tells nothing, one whose
 * answer was lost knows nothing. The image that such a VM has now tells, once it is not being rebuilt any more and a
 * rebuild call that was still out must show. A fleet that is no longer to put anything back does not look.
 */
export async function findMoved(fleet: Fleet): Promise<void> {
  const { record, input } = fleet;
  const began = record.waits.observingSince ?? Date.now();
  record.waits.observingSince = began;
  const until = began + Math.max(input.template.deadlines.rebuildingSeconds * 1000, OBSERVE_EVERY_MS);
  let untold = record.members.inState(UNTOLD).filter(({ isMoved, startedAt }) => !isMoved && startedAt !== null);
  while (untold.length > 0 && record.ending?.isRolledBack === true) {
    const images = await observe(fleet, untold, began);
    for (const { at, instanceId, image } of untold)
      if (images?.[instanceId] === image) record.members.change(at, { isMoved: true });
    if (images !== null) untold = untold.filter(({ instanceId }) => images[instanceId] === null);
    if (images === null || untold.length === 0) continue;
    if (Date.now() >= until) return;
    await pause(fleet, {
      why: `it cannot be told yet whether ${untold.length} were moved: their rebuild ended without a word`,
      at: Date.now() + PAUSE_MS,
    });
  }
}

/** Null where nobody could look, once it is time to try again. */
async function observe(
  fleet: Fleet,
  members: readonly Member[],
  began: number,
): Promise<Record<string, string | null> | null> {
  const { regionId } = fleet.input;
  const instanceIds = members.map(({ instanceId }) => instanceId);
  const silent = members.filter(isSilent).map((member) => [member.instanceId, unreportedOf(member, began)] as const);
  const unreported = silent.length === 0 ? {} : { unreported: Object.fromEntries(silent) };
  try {
    return await activitiesUnder('call', OBSERVE_WITHIN_MS).readFleetImages({ regionId, instanceIds, ...unreported });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const { why, until } = unobservableBlocker(error);
    await pause(fleet, { why, at: until.at });
    return null;
  }
}

/** Whether its last rebuild may have ended without a word. One that failed by itself, or was cancelled, has looked. */
function isSilent({ state, failure }: Member): boolean {
  return state === 'failed' ? failure === 'Unexpected' : state !== 'cancelled';
}

/** @param began - when the looks began: the rebuild has surely ended by then */
function unreportedOf({ image, finishedAt }: Member, began: number): Unreported {
  return { image, forMs: Date.now() - (finishedAt ?? began) };
}

async function pause(fleet: Fleet, { why, at }: { readonly why: string; readonly at: number }): Promise<void> {
  fleet.record.setBlocker({ why, until: { what: 'it looks again', at } });
  while (Date.now() < at && fleet.record.ending?.isRolledBack === true) await changeOr(fleet, at);
}
