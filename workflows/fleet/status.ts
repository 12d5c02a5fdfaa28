import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { type FleetStatus, type FleetSummary, MEMBER_STATES } from '../../contracts/fleet/fleet-progress.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { markdownCode } from '../../contracts/text.js';
import type { FleetState } from './fleet-state.js';

/** Acts that a summary shows. */
const LAST_ACTS = 20;

/** Where a fleet is, as its query tells it. Pure. */
export function summarize(input: FleetInput, record: FleetState): FleetSummary {
  const { counts } = record.members;
  const { failures, unavailable, held } = record.limits;
  return {
    fleetId: input.fleetId,
    regionId: input.regionId,
    planDigest: input.planDigest,
    imageId: input.image.imageId,
    status: statusOf(record),
    reason: reasonOf(record),
    wave: { index: record.wave, count: input.waves.length, name: input.waves[record.wave]?.name ?? '' },
    counts: counts.counts,
    size: record.members.all.length,
    unavailable: { current: counts.unavailable, limit: unavailable.fleet },
    failures: { current: counts.failures(), limit: failures.fleet },
    held: { current: counts.of('held'), limit: held },
    nextEvent: nextEventOf(record),
    gate: record.gate === null ? null : { name: record.gate.name },
    pause: record.pause === null ? null : { number: record.pause.number },
    startedAt: new Date(record.startedAt).toISOString(),
    requestedBy: input.requestedBy ?? null,
    auditEntries: record.auditEntries.slice(-LAST_ACTS),
    ...leftOutOf(record),
  };
}

/** What it no longer tells, where there is such. */
export function leftOutOf({ omitted }: FleetState): Pick<FleetSummary, 'omitted'> {
  return omitted.reasons + omitted.auditEntries === 0 ? {} : { omitted };
}

/** What a fleet is at, in one word. */
export function statusOf({ outcome, ending, gate, pause, bakesUntil, members }: FleetState): FleetStatus {
  if (outcome !== null) return outcome;
  if (ending !== null) return 'aborting';
  if (gate !== null) return 'awaiting-approval';
  if (pause !== null) return 'paused';
  if (bakesUntil !== null) return 'baking';
  return members.counts.of('rebuilding') > 0 ? 'rebuilding' : 'waiting';
}

/** Why it does not move, or what it does, in one line: what is so now, never a leftover. */
function reasonOf(record: FleetState): string {
  const { outcome, ending, gate } = record;
  if (outcome !== null) return ending?.message ?? 'every wave is through';
  if (gate !== null) return `waits for approval ${gate.name}: \`reimage fleet approve\``;
  return [...underWay(record), whyNoMore(record)].filter((part) => part !== null).join('; ') || 'goes on';
}

function underWay({ goal, members: { counts } }: FleetState): string[] {
  const [rebuilding, held] = [counts.of('rebuilding'), counts.of('held')];
  return [
    ...(goal === 'rollback' ? ['puts back what was moved'] : []),
    ...(rebuilding === 0 ? [] : [`${rebuilding} under way`]),
    ...(held === 0 ? [] : [`${held} held: decide with \`reimage decide\``]),
  ];
}

function whyNoMore(record: FleetState): string | null {
  const blocker = record.computeBlocker();
  if (blocker !== null) return blocker.why;
  if (record.bakesUntil !== null) return 'bakes: the wave is watched before the next';
  return record.lastBlocker?.why ?? null;
}

function nextEventOf({ gate, lastBlocker, bakesUntil }: FleetState): FleetSummary['nextEvent'] {
  if (gate !== null) return eventAt('nobody has approved: the fleet ends', gate.deadline);
  if (bakesUntil !== null) return eventAt('the bake is over', bakesUntil);
  return lastBlocker?.until === undefined ? null : eventAt(lastBlocker.until.what, lastBlocker.until.at);
}

function eventAt(description: string, at: number): { description: string; at: string } {
  return { description, at: new Date(at).toISOString() };
}

/** Where a fleet is, as Markdown for Temporal's UI. What came as free text is shown as code, so that it is no Markdown. Pure. */
export function fleetMarkdown({ status, reason, wave, counts, size, failures, nextEvent }: FleetSummary): string {
  const inState = MEMBER_STATES.map((state) => `${counts[state]} ${state}`);
  return [
    `**${status}** · wave ${wave.index + 1}/${wave.count} ${markdownCode(wave.name)} · ${markdownCode(reason)}`,
    '',
    `${size} VMs: ${inState.join(' · ')} · failures ${failures.current}/${failures.limit}`,
    ...(nextEvent === null ? [] : ['', `Next: ${markdownCode(nextEvent.description)} at ${nextEvent.at}`]),
  ].join('\n');
}

/** What Temporal itself shows of a fleet: its status can be searched for, and its UI tells where it is. */
export class FleetVisibility {
  readonly #input: FleetInput;
  readonly #record: FleetState;
  #posted: FleetStatus | null = null;

  constructor(input: FleetInput, record: FleetState) {
    this.#input = input;
    this.#record = record;
  }

  /** Shows where the fleet is now. */
  post(): void {
    const summary = summarize(this.#input, this.#record);
    setCurrentDetails(fleetMarkdown(summary));
    if (summary.status === this.#posted) return;
    this.#posted = summary.status;
    const { region, image, fleet, phase } = SEARCH_ATTRIBUTE;
    upsertSearchAttributes([
      { key: region, value: summary.regionId },
      { key: image, value: summary.imageId },
      { key: fleet, value: summary.fleetId },
      { key: phase, value: summary.status },
    ]);
  }
}
