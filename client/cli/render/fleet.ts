import type { AuditEntry } from '../../../contracts/fleet/fleet-control.js';
import {
  type FleetCounts,
  type FleetSummary,
  MEMBER_STATES,
  type MemberState,
} from '../../../contracts/fleet/fleet-progress.js';
import type { FleetOperation } from '../../fleets/operation.js';
import { leftOutText } from '../../fleets/report.js';
import { type LeftOut, rollbackCommand } from '../../fleets/rollback-targets.js';
import type { FleetRollbackPlan } from '../../fleets/rollback.js';
import { formatBetween, formatLocal, oneLine, renderTable } from '../io/text.js';
import { fleetWords } from '../options/fleet.js';
import { unreadableLine, withUnreadable } from './operation.js';

/** One screen about a fleet: where it is and what it waits for, or how it ended. */
export function renderFleet(fleet: FleetOperation, now: Date): string[] {
  const { fleetId, regionId, status, imageId, startedAt, finishedAt, summary } = fleet;
  const told = summary ?? fleet.result;
  return [
    `${status}: fleet ${fleetId} in ${regionId}, ${formatBetween(startedAt, finishedAt ?? now)}`,
    ...(summary === null ? [] : summaryLines(fleet, summary, now)),
    ...row('VMs', told === null ? null : countsText(told.counts)),
    ...row('image', imageId ?? 'unknown'),
    ...originLines(fleet),
    ...(told?.auditEntries ?? []).map((act) => `  act       ${auditEntryText(act)}`),
    ...row('left out', told?.omitted === undefined ? null : leftOutText(told.omitted)),
    ...row('note', fleet.note),
    ...row('!', fleet.unreadable === undefined ? null : unreadableLine(fleet.unreadable)),
    ...row('temporal', fleet.webUrl ?? null),
    ...failureLines(fleet),
  ];
}

/** Where a fleet comes from. */
function originLines({ startedAt, requestedBy, reason, planDigest, ...of }: FleetOperation): string[] {
  const { retryOf, rollbackOf, scheduleId } = of;
  return [
    ...row('started', requestedBy === null ? startedAt : `${startedAt} for ${requestedBy}`),
    ...row('why', reason),
    ...row('digest', planDigest),
    ...row('retry', retryOf === null ? null : `of ${retryOf}`),
    ...row('rollback', rollbackOf === null ? null : `of ${rollbackOf}`),
    ...row('schedule', scheduleId ?? null),
  ];
}

function row(label: string, text: string | null): string[] {
  return text === null ? [] : [`  ${label.padEnd(9)} ${oneLine(text)}`];
}

/** What was done to a fleet, in one line. */
export function auditEntryText({ at, action, by, reason }: AuditEntry): string {
  return `${at} ${oneLine(action)}${by === null ? '' : ` by ${oneLine(by)}`}: ${oneLine(reason)}`;
}

/** The commands that a fleet waits for, or that help it on; none where it goes on by itself. */
export function hintLines({ summary, ...fleet }: FleetOperation): string[] {
  const words = fleetWords(fleet);
  const { gate, pause } = summary ?? {};
  if (summary?.status === 'awaiting-approval' && gate != null)
    return [`reimage fleet approve|reject ${words} --gate '${oneLine(gate.name)}' --reason TEXT`];
  if (summary?.status === 'paused' && pause != null)
    return [`reimage fleet resume ${words} --pause ${pause.number} --reason TEXT`];
  return summary !== null && summary.held.current > 0
    ? [`what may be decided: reimage status VM --region ${fleet.regionId}`]
    : [];
}

/** The table of `fleet list`. @param width - terminal cells that there are; by default as many as it takes */
export function renderFleetList(
  fleets: readonly FleetOperation[],
  now: Date,
  width = Number.POSITIVE_INFINITY,
): string[] {
  if (fleets.length === 0) return ['no fleets'];
  return renderTable(
    ['REGION', 'FLEET', 'STATUS', 'VMS', 'IMAGE', 'STARTED', 'TOOK', 'REQUESTED BY', 'OF'],
    fleets.map(({ regionId, fleetId, status, size, imageId, startedAt, finishedAt, requestedBy, ...of }) => [
      regionId,
      fleetId,
      status,
      size === null ? '' : String(size),
      imageId ?? '',
      startedAt,
      formatBetween(startedAt, finishedAt ?? now),
      withUnreadable(requestedBy ?? '', of),
      of.rollbackOf === null ? (of.retryOf === null ? '' : `retry of ${of.retryOf}`) : `rollback of ${of.rollbackOf}`,
    ]),
    { width, dispensable: ['OF', 'STARTED', 'IMAGE', 'REQUESTED BY', 'TOOK', 'VMS'] },
  );
}

/** When something happens of itself, by the clock of this machine. */
export function eventText({ nextEvent }: FleetSummary, now: Date): string | null {
  if (nextEvent === null) return null;
  return `${oneLine(nextEvent.description)}, ${formatLocal(nextEvent.at)} (in ${formatBetween(now.toISOString(), nextEvent.at)})`;
}

function summaryLines(fleet: FleetOperation, summary: FleetSummary, now: Date): string[] {
  const { wave, reason, unavailable, failures, held } = summary;
  const event = eventText(summary, now);
  return [
    `  now       ${oneLine(reason)}`,
    ...hintLines(fleet).map((line) => `    ${line}`),
    `  wave      ${waveNumber(wave.index, wave)}`,
    `  limits    unavailable ${unavailable.current}/${unavailable.limit}, failures ${failures.current}/${failures.limit}, held ${held.current}/${held.limit}`,
    ...(event === null ? [] : [`  next      ${event}`]),
  ];
}

function failureLines({ result }: FleetOperation): string[] {
  if (result?.failure === undefined) return [];
  const { type, message, next } = result.failure;
  return [`  ${type}: ${oneLine(message)}`, `  next: ${oneLine(next)}`];
}

/** `wave 1 (canary)`, `wave 2`, `wave 2/7`: waves are counted from one, the canary too, and named where the name says more. */
export function waveText(index: number, wave: { readonly count?: number; readonly name?: string } = {}): string {
  return `wave ${waveNumber(index, wave)}`;
}

/** The same behind a label: `1/7 (canary)`, `2/7`. */
export function waveNumber(
  index: number,
  { count, name }: { readonly count?: number; readonly name?: string },
): string {
  const called = name === undefined || name === '' || name === `wave ${index + 1}` ? '' : ` (${oneLine(name)})`;
  return `${index + 1}${count === undefined ? '' : `/${count}`}${called}`;
}

/** How many VMs are in each state that any is in: `41 done, 3 rebuilding, 55 waiting`. */
export function countsText(counts: FleetCounts): string {
  const order: readonly MemberState[] = ['done', ...MEMBER_STATES.filter((state) => state !== 'done').toReversed()];
  const told = order.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  return told.length === 0 ? 'no VM' : told.join(', ');
}

/**
 * One plain line with a timestamp for what is new since the look before; null when nothing is.
 * Made for logs: no colours, no cutting.
 */
export function renderFleetChange(previous: FleetOperation | null, current: FleetOperation, now: Date): string | null {
  const text = changeText(current);
  if (previous !== null && changeText(previous) === text) return null;
  return `${now.toISOString()} ${current.fleetId} ${text}`;
}

/** The same as long as nothing is new: what passes with time alone does not stand in it. */
function changeText({ status, isRunning, summary, result, note }: FleetOperation): string {
  if (!isRunning)
    return result === null ? `${status}: ${oneLine(note ?? '')}` : `${status}: ${countsText(result.counts)}`;
  if (summary === null) return note === null ? status : `${status}: ${oneLine(note)}`;
  const { wave, counts, failures, reason, nextEvent } = summary;
  const event = nextEvent === null ? '' : `; next: ${oneLine(nextEvent.description)} at ${formatLocal(nextEvent.at)}`;
  const where = waveText(wave.index, { count: wave.count });
  return `${status}, ${where}: ${countsText(counts)}; failures ${failures.current}/${failures.limit}; ${oneLine(reason)}${event}`;
}

/** How a fleet would be taken back, for a person to confirm: each VM with its image and what is lost. */
export function renderFleetRollback({ rollbackOf, digest, plan, targets, leftOut }: FleetRollbackPlan): string[] {
  const targetOf = new Map(targets.map((target) => [target.instanceId, target]));
  const { limits, waves, rows } = plan;
  const back = rows.flatMap(({ instanceId, wave, imageBefore }) => {
    const target = targetOf.get(instanceId);
    if (wave === null || target === undefined) return [];
    const lost = target.from === 'backup' ? 'backup: what was written since is lost' : 'all on it is lost';
    return [`  ${instanceId} ${imageBefore ?? 'unknown'} -> ${target.imageId} ! erases system disk (${lost})`];
  });
  return [
    `Takes fleet ${rollbackOf} back: ${back.length} VMs`,
    ...back,
    ...rows.flatMap(({ instanceId, skip }) =>
      skip === null ? [] : [`  ${instanceId} skipped, ${skip.code}: ${oneLine(skip.reasons.join('; '))}`],
    ),
    ...leftOut.map(leftLine),
    `waves: ${waves.map(({ name, size }, index) => `${waveText(index, { name })}: ${size}`).join(', ') || 'none'}`,
    `unavailable at a time: ${limits.unavailable.fleet}; failures tolerated: ${limits.failures.fleet}; held at a time: ${limits.held}`,
    ...plan.warnings.map(({ message }) => `warning: ${oneLine(message)}`),
    `digest: ${digest}`,
  ];
}

/** VMs that a retry leaves alone, and the command that goes on putting them back. */
export function renderOnWayBack(
  leftOut: readonly LeftOut[],
  fleet: { readonly fleetId: string; readonly regionId: string },
): string[] {
  if (leftOut.length === 0) return [];
  return [...leftOut.map(leftLine), `goes on putting them back: ${rollbackCommand(fleet)}`];
}

function leftLine({ instanceId, why }: LeftOut): string {
  return `  ${instanceId} left alone: ${oneLine(why)}`;
}
