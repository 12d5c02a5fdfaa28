import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { FleetStatus, FleetSummary } from '../../contracts/fleet/fleet-progress.js';
import type { FleetRecord } from './fleet-record.js';

/** Acts that a summary shows. */
const LAST_ACTS = 20;

/** Where a fleet is, as its query tells it. Pure. */
export function summarize(input: FleetInput, record: FleetRecord): FleetSummary {
  const { tally } = record.members;
  const { failures, unavailable, held } = record.limits;
  return {
    fleetId: input.fleetId,
    regionId: input.regionId,
    planDigest: input.planDigest,
    imageId: input.image.imageId,
    status: statusOf(record),
    reason: reasonOf(record),
    wave: { index: record.wave, of: input.waves.length, name: input.waves[record.wave]?.name ?? '' },
    counts: tally.counts,
    size: record.members.all.length,
    unavailable: { now: tally.unavailable, of: unavailable.fleet },
    failures: { now: tally.failures(), of: failures.fleet },
    held: { now: tally.of('held'), of: held },
    nextEvent: nextEventOf(record),
    startedAt: new Date(record.startedAt).toISOString(),
    requestedBy: input.requestedBy ?? null,
    acts: record.acts.slice(-LAST_ACTS),
  };
}

/** What a fleet is at, in one word. */
export function statusOf({ outcome, ending, gate, pause, bakesUntil, members }: FleetRecord): FleetStatus {
  if (outcome !== null) return outcome;
  if (ending !== null) return 'aborting';
  if (gate !== null) return 'awaiting-approval';
  if (pause !== null) return 'paused';
  if (bakesUntil !== null) return 'baking';
  return members.tally.of('rebuilding') > 0 ? 'rebuilding' : 'waiting';
}

/** Why it does not move, or what it does, in one line: what is so now, never a leftover. */
function reasonOf(record: FleetRecord): string {
  const { outcome, ending, gate, bakesUntil, members } = record;
  if (outcome !== null) return ending?.message ?? 'every wave is through';
  if (gate !== null) return `waits for approval ${gate.name}: \`reimage fleet approve\``;
  const { inFlight } = members.tally;
  const underWay = inFlight === 0 ? '' : `${inFlight} under way; `;
  const halt = record.halt();
  if (halt !== null) return `${underWay}${halt.why}`;
  if (bakesUntil !== null) return `${underWay}bakes: the wave is watched before the next`;
  if (record.lastHalt !== null) return `${underWay}${record.lastHalt.why}`;
  return inFlight === 0 ? 'goes on' : `${inFlight} under way`;
}

function nextEventOf({ gate, pause, lastHalt, bakesUntil }: FleetRecord): FleetSummary['nextEvent'] {
  if (gate !== null) return eventAt('nobody has approved: the fleet ends', gate.deadline);
  const until = pause?.until ?? lastHalt?.until;
  if (until !== undefined) return eventAt(until.what, until.at);
  return bakesUntil === null ? null : eventAt('the bake is over', bakesUntil);
}

function eventAt(what: string, at: number): { what: string; at: string } {
  return { what, at: new Date(at).toISOString() };
}
