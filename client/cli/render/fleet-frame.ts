import type { FleetSummary, MemberProgress, MemberState } from '../../../contracts/fleet/fleet-progress.js';
import type { Phase } from '../../../contracts/rebuild-progress.js';
import type { FleetOperation } from '../../fleets/operation.js';
import type { Style } from '../io/deps.js';
import { cutToWidth, formatBetween, oneLine, padToWidth, wrapCommand, wrapToWidth } from '../io/text.js';
import { fleetWords } from '../options/fleet.js';
import { countsText, eventText, hintLines, waveText } from './fleet.js';
import type { FrameView } from './progress.js';

/** What is known of a fleet at one look. */
export interface FrameOptions {
  readonly fleet: FleetOperation;
  /** Those whose state is one of {@link INTERESTING}. */
  readonly members: readonly MemberProgress[];
  readonly phases: ReadonlyMap<string, Phase>;
}

/** States of VMs that are shown one by one, those first that somebody has to look at. The others are numbers. */
export const INTERESTING = ['held', 'failed', 'rolled-back', 'rebuilding', 'cancelled', 'deferred'] as const;

const MARKS: Readonly<Record<(typeof INTERESTING)[number], readonly [string, Style]>> = {
  held: ['॥', 'yellow'],
  failed: ['✖', 'red'],
  'rolled-back': ['↺', 'red'],
  rebuilding: ['◌', 'cyan'],
  cancelled: ['✖', 'yellow'],
  deferred: ['↷', 'dim'],
};

type Line = readonly [Style | null, string];

/** What a frame of a fleet is drawn for. `foot`: its last lines, where those of a fleet of one's own are not true. */
export interface FleetFrameView extends FrameView {
  readonly foot?: readonly string[];
}

/**
 * One frame of the live display of a fleet, which fits the terminal. Reasons and commands are wrapped, never cut; where
 * there are too few rows fewer VMs are shown. Pure.
 */
export function renderFleetFrame(look: FrameOptions, view: FleetFrameView): string[] {
  const { fleet } = look;
  // A line that fills the last cell wraps on some terminals.
  const width = view.width - 1;
  const wrapped = ([style, text]: Line) => wrapLine(text, width).map((line): Line => [style, line]);
  const head = headLines(fleet, view.now).flatMap(wrapped);
  const foot = (view.foot?.map((line): Line => ['dim', line]) ?? footLines(fleet)).flatMap(wrapped);
  const room = Math.max(0, view.rows - 1 - head.length - foot.length);
  return [...head, ...treeLines(look, { room, width, now: view.now }), ...foot]
    .slice(0, Math.max(1, view.rows - 1))
    .map(([style, line]) => (style === null ? line : view.colour(style, line)));
}

/** A line that is a command stays one that can be pasted. */
function wrapLine(text: string, width: number): string[] {
  return text.startsWith('reimage ') ? wrapCommand(text, width) : wrapToWidth(text, width, '  ');
}

function headLines(fleet: FleetOperation, now: Date): Line[] {
  const { fleetId, regionId, imageId, requestedBy, startedAt, finishedAt, summary } = fleet;
  const who = requestedBy === null ? '' : `, for ${oneLine(requestedBy)}`;
  const title: Line = [
    'bold',
    `fleet ${fleetId} (${regionId}) -> ${oneLine(imageId ?? '?')}${who}  ${formatBetween(startedAt, finishedAt ?? now)}`,
  ];
  if (summary === null) return [title, withoutSummary(fleet)];
  const event = eventText(summary, now);
  return [
    title,
    [STATUS_STYLES[summary.status] ?? null, `${summary.status}: ${oneLine(summary.reason)}`],
    [null, countsLine(summary)],
    [null, limitsLine(summary)],
    ...(event === null ? [] : [['dim', `next: ${event}`] as const]),
  ];
}

/** How it ended, or why nothing is known of how it goes. */
function withoutSummary({ status, result, note }: FleetOperation): Line {
  const said = result === null ? note : countsText(result.counts);
  return [STATUS_STYLES[status] ?? 'yellow', said === null ? status : `${status}: ${oneLine(said)}`];
}

const STATUS_STYLES: Partial<Record<FleetSummary['status'], Style>> = {
  'awaiting-approval': 'yellow',
  paused: 'yellow',
  aborting: 'yellow',
  failed: 'red',
  aborted: 'red',
  done: 'green',
};

/** `wave 3/7  ✔ 41 ◌ 3 ॥ 1 held ✖ 0 · 55 waiting`, and the rarer states where there are any. */
function countsLine({ wave, counts }: FleetSummary): string {
  const rare = (['rolled-back', 'deferred', 'cancelled', 'skipped'] as const).filter((state) => counts[state] > 0);
  const more = rare.map((state) => ` · ${counts[state]} ${state}`).join('');
  const numbers = `✔ ${counts.done} ◌ ${counts.rebuilding} ॥ ${counts.held} held ✖ ${counts.failed} · ${counts.waiting} waiting`;
  return `${waveOf(wave.index, wave)}  ${numbers}${more}`;
}

/** By its number, and by its name where that is known: only of the one that the fleet is at. */
function waveOf(index: number, current: FleetSummary['wave'] | undefined): string {
  if (current === undefined) return waveText(index);
  return waveText(index, index === current.index ? current : { count: current.count });
}

function limitsLine({ failures, unavailable, held }: FleetSummary): string {
  return `failures ${failures.current}/${failures.limit}  unavailable ${unavailable.current}/${unavailable.limit}  held ${held.current}/${held.limit}`;
}

interface TreeView {
  readonly room: number;
  readonly width: number;
  readonly now: Date;
}

/** The fleet as a tree: waves, and in them the VMs that are not just a number, as many as there is room for. */
function treeLines({ fleet, members, phases }: FrameOptions, { room, width, now }: TreeView): Line[] {
  const urgent = members.toSorted((a, b) => urgency(a.state) - urgency(b.state));
  const linesOfEach = new Map(urgent.map((member) => [member, memberLines(member, phases, { width, now })]));
  const count = (chosen: readonly MemberProgress[]) =>
    chosen.reduce((sum, member) => sum + (linesOfEach.get(member)?.length ?? 0), 0);
  let chosen = urgent;
  while (chosen.length > 0 && count(chosen) + linesAround(chosen, urgent.length) > room) chosen = chosen.slice(0, -1);
  const waves = [...new Set(chosen.map(({ wave }) => wave))].toSorted((a, b) => a - b);
  const left = urgent.length - chosen.length;
  return [
    ...waves.flatMap((wave): Line[] => [
      [null, cutToWidth(`  ${waveOf(wave, fleet.summary?.wave)}`, width)],
      ...chosen.filter((member) => member.wave === wave).flatMap((member) => linesOfEach.get(member) ?? []),
    ]),
    ...(left === 0 || room === 0 ? [] : [['dim', cutToWidth(`  and ${left} more`, width)] as const]),
  ];
}

/** Lines beside those of the VMs themselves. */
function linesAround(chosen: readonly MemberProgress[], all: number): number {
  return new Set(chosen.map(({ wave }) => wave)).size + (chosen.length < all ? 1 : 0);
}

function memberLines(
  member: MemberProgress,
  phases: FrameOptions['phases'],
  { width, now }: Pick<TreeView, 'width' | 'now'>,
): Line[] {
  const { instanceId, state, startedAt, reason, failure } = member;
  const shown = INTERESTING.find((each) => each === state);
  const [mark, style] = shown === undefined ? ['·', 'dim' as const] : MARKS[shown];
  const where = state === 'rebuilding' ? (phases.get(instanceId) ?? 'rebuilding') : state;
  const since = state === 'rebuilding' && startedAt !== null ? formatBetween(startedAt, now) : '';
  const why = [failure, reason].filter((text) => text !== null).map(oneLine);
  const text = [since, why.join(': ')].filter(Boolean).join('  ');
  const line = `    ${mark} ${padToWidth(instanceId, 14)} ${padToWidth(where, 12)} ${text}`.trimEnd();
  return wrapToWidth(line, width, ' '.repeat(8)).map((piece): Line => [style, piece]);
}

function urgency(state: MemberState): number {
  const at = INTERESTING.findIndex((each) => each === state);
  return at < 0 ? INTERESTING.length : at;
}

function footLines(fleet: FleetOperation): Line[] {
  if (!fleet.isRunning) return [];
  const abort = `Ctrl-C ends this view, not the fleet; \`reimage fleet abort ${fleetWords(fleet)}\` does`;
  return [...hintLines(fleet).map((line): Line => ['yellow', line]), ['dim', abort]];
}
