import { ActivityFailure } from '@temporalio/workflow';
import { blindHalt, type Halt } from './blockers.js';
import { settleBudget } from './budget.js';
import { changeOr, continueFleet, type Fleet } from './fleet-context.js';

/**
 * Rebuilds the VMs of the wave, and those of earlier waves that were put back in the queue, as fast as the limits let
 * it. Returns when none of them waits and none is under way; where the fleet is to end, when none is under way.
 */
export async function rebuildWave(fleet: Fleet): Promise<void> {
  const { record } = fleet;
  for (;;) {
    settleBudget(fleet);
    if (fleet.history.isToDrain(record)) record.drain();
    const again = await startWhoMay(fleet);
    if (record.isWaveOver) return;
    if (record.isDraining && record.members.tally.inFlight === 0) await continueFleet(fleet);
    await changeOr(fleet, again);
  }
}

/** Starts whoever may be started. @returns when to look again of itself; null: a change will tell */
async function startWhoMay(fleet: Fleet): Promise<number | null> {
  const { record, crew } = fleet;
  const halt = record.hasWork ? await whyHalted(fleet) : null;
  record.halted(halt);
  if (halt !== null) return halt.until?.at ?? null;
  if (!record.hasWork) return null;
  const { start, block } = record.admit();
  if (crew.start(start) < start.length) return Date.now();
  // A machine that is down for another reason comes up without a word.
  if (block === null || record.members.tally.down === 0) return null;
  const blocked = glancedHalt(fleet, block);
  record.halted(blocked);
  return blocked.until.at;
}

function glancedHalt({ record, sights }: Fleet, why: string): Required<Halt> {
  const at = sights.glances.blocked(record.version, why, Date.now());
  return { why, until: { what: 'machines that are down are looked at again', at } };
}

/** Why nobody at all may be started; null once everything that it depends on was looked at, and lets it. */
async function whyHalted(fleet: Fleet): Promise<Halt | null> {
  const { record, sights } = fleet;
  try {
    await sights.readWindows();
    if (sights.isStale && record.halt() === null && whyClosed(fleet) === null) {
      const blocked = await whyBlockedStill(fleet);
      if (blocked !== null) return blocked;
      record.halted({ why: 'looks which VMs are down' });
      await sights.look();
    }
    if (record.freeze !== null) sights.awaitThaw();
    // The record last: VMs may have failed, and operators acted, while we looked.
    settleBudget(fleet);
    return record.halt() ?? whyClosed(fleet) ?? sights.blindness;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return blindHalt(error);
  }
}

/** Why a fleet that was blocked is so still, by a glance at the machines that are down; null where all have to be looked at. */
async function whyBlockedStill(fleet: Fleet): Promise<Halt | null> {
  const { record, sights } = fleet;
  if (sights.glances.whySince(record.version) === null) return null;
  await sights.glance();
  const why = sights.glances.whySince(record.version);
  return why === null ? null : glancedHalt(fleet, why);
}

function whyClosed({ sights }: Fleet): Halt | null {
  return sights.windows?.halt() ?? null;
}
