import { ActivityFailure, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { changeOr, type Fleet } from './fleet.js';
import type { FleetRecord, Halt } from './fleet-record.js';

/** Pause after a look that failed: nothing is started on what nobody could see. */
const BLIND_PAUSE_MS = 60_000;

/** Events that a rebuild under way still adds to the history of its fleet, at most. */
const EVENTS_TO_COME = 12;

/** Megabytes of history after which the run continues as new. */
const MOST_HISTORY_BYTES = 8_000_000;

/**
 * Rebuilds the VMs of the wave, and those of earlier waves that were put back in the queue, as fast as the limits let
 * it. Returns when none of them waits and none is under way; where the fleet is to end, when none is under way.
 */
export async function rebuildWave(fleet: Fleet): Promise<void> {
  const { record } = fleet;
  for (;;) {
    settleBudget(fleet);
    const again = await startWhoMay(fleet);
    if (isOver(record)) return;
    if (isHistoryFull(fleet) && record.members.tally.inFlight === 0) await continueFleet(fleet);
    await changeOr(fleet, again);
  }
}

/** Does what the policy says once more VMs have failed than the budget bears. */
export function settleBudget({ record, input: { rollout } }: Fleet): void {
  const why = record.exhausted();
  if (why === null || record.pause !== null || record.ending !== null) return;
  record.act('budget-exhausted', null, why);
  if (rollout.onBudgetExhausted === 'pause')
    return record.pauseFor(`failure budget exhausted (${why}): \`reimage fleet resume\` bears them and goes on`);
  const isRolledBack = rollout.onBudgetExhausted === 'rollback';
  record.end({ type: 'FleetFailed', message: `The failure budget is exhausted: ${why}.`, now: false, isRolledBack });
}

/** Starts whoever may be started. @returns when to look again of itself; null: a change will tell */
async function startWhoMay(fleet: Fleet): Promise<number | null> {
  const { record, sights, crew } = fleet;
  if (!record.hasWork) return null;
  const halt = await whyHalted(fleet);
  if (halt !== null) {
    record.halted(halt);
    return halt.until?.at ?? null;
  }
  const { start, block } = record.admit();
  for (const member of start) crew.start(member);
  // A machine that is down for another reason comes up without a word.
  return block !== null && record.members.tally.down > 0 ? sights.staleAt : null;
}

/** Why nobody at all may be started; null once everything that it depends on was looked at, and lets it. */
async function whyHalted(fleet: Fleet): Promise<Halt | null> {
  const { record, sights } = fleet;
  try {
    const window = await sights.windowHalt();
    if (window === null && sights.isStale && record.halt() === null) await sights.look();
    if (record.freeze !== null) sights.awaitThaw();
    // The record last: it may have changed while we looked.
    return record.halt() ?? fullHistory(fleet) ?? window;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const at = Date.now() + BLIND_PAUSE_MS;
    return { why: `cannot look: ${error.cause?.message ?? error.message}`, until: { what: 'it looks again', at } };
  }
}

function fullHistory(fleet: Fleet): Halt | null {
  if (!isHistoryFull(fleet)) return null;
  return { why: 'the history of this run is nearly full: it continues as new once nothing is under way' };
}

function isHistoryFull({ input: { maxHistoryEvents }, record }: Fleet): boolean {
  const { historyLength, historySize } = workflowInfo();
  const events = historyLength + EVENTS_TO_COME * record.members.tally.inFlight;
  return events >= maxHistoryEvents || historySize >= MOST_HISTORY_BYTES;
}

/** Goes on in a run with an empty history. Nothing is in flight then, and everything is carried over. */
async function continueFleet({ input, record }: Fleet): Promise<void> {
  record.act('continued', null, 'the history of the run was full');
  await continueAsNew<(next: FleetInput) => Promise<unknown>>({ ...input, carried: record.carried() });
}

function isOver(record: FleetRecord): boolean {
  const { tally } = record.members;
  if (record.ending !== null && record.goal === 'forward') return tally.inFlight === 0;
  if (record.hasWork) return false;
  // The canary is there to be judged; a later wave leaves its held VMs to whoever decides them.
  const mayStayHeld = record.wave > 0 && record.goal === 'forward' && tally.of('held') <= record.limits.held;
  return mayStayHeld ? tally.of('rebuilding') === 0 : tally.inFlight === 0;
}
