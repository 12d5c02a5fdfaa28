import { ActivityFailure } from '@temporalio/workflow';
import type { MemberState } from '../../contracts/fleet/fleet-progress.js';
import { activitiesUnder } from '../retry-policies.js';
import { blindHalt } from './blind-halt.js';
import { changeOr, type Fleet } from './fleet.js';
import type { Member } from './members.js';

/** How long one look at the images is tried for before the fleet says why and tries again. */
const LOOK_WITHIN_MS = 600_000;

/** Pause before VMs that are being rebuilt are looked at again. */
const PAUSE_MS = 5_000;

/** Those that wait, or were skipped, may have been tried before. */
const UNTOLD: readonly MemberState[] = ['failed', 'cancelled', 'waiting', 'deferred', 'skipped'];

/**
 * Finds out which VMs were moved though their rebuild did not say so: one that was terminated tells nothing, one whose
 * answer was lost knows nothing. The image that such a VM has now tells, once it is not being rebuilt any more. A fleet
 * that is no longer to put anything back does not look.
 */
export async function findMoved(fleet: Fleet): Promise<void> {
  const { record, input } = fleet;
  const until = Date.now() + input.template.deadlines.rebuildingSeconds * 1000;
  let untold = record.members.inState(UNTOLD).filter(({ isMoved, startedAt }) => !isMoved && startedAt !== null);
  while (untold.length > 0 && record.ending?.isRolledBack === true) {
    const images = await look(fleet, untold);
    for (const { at, instanceId, image } of untold)
      if (images?.[instanceId] === image) record.members.change(at, { isMoved: true });
    if (images !== null) untold = untold.filter(({ instanceId }) => images[instanceId] === null);
    if (images === null || untold.length === 0) continue;
    if (Date.now() >= until) return;
    await pause(fleet, { why: `${untold.length} are being rebuilt by no rebuild of ours`, at: Date.now() + PAUSE_MS });
  }
}

/** Null where nobody could look, once it is time to try again. */
async function look(fleet: Fleet, members: readonly Member[]): Promise<Record<string, string | null> | null> {
  const { regionId } = fleet.input;
  const instanceIds = members.map(({ instanceId }) => instanceId);
  try {
    return await activitiesUnder('call', LOOK_WITHIN_MS).readFleetImages({ regionId, instanceIds });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const { why, until } = blindHalt(error);
    await pause(fleet, { why, at: until.at });
    return null;
  }
}

async function pause(fleet: Fleet, { why, at }: { readonly why: string; readonly at: number }): Promise<void> {
  fleet.record.halted({ why, until: { what: 'it looks again', at } });
  while (Date.now() < at && fleet.record.ending?.isRolledBack === true) await changeOr(fleet, at);
}
