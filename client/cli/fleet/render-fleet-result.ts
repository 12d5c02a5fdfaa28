import type { FleetAct } from '../../../contracts/fleet/fleet-control.js';
import type { FleetSummary } from '../../../contracts/fleet/fleet-progress.js';
import type { FleetOperation } from '../../fleet/fleet-operation.js';
import { leftOutText } from '../../fleet/left-out-text.js';
import { formatBetween, formatLocal, oneLine } from '../display-text.js';
import { unreadableLine, withUnreadable } from '../render-unreadable.js';
import { renderTable } from '../table.js';
import { countsText, waveNumber } from './fleet-counts.js';
import { fleetWords } from './fleet-options.js';

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
    ...(told?.acts ?? []).map((act) => `  act       ${actText(act)}`),
    ...row('left out', told?.leftOut === undefined ? null : leftOutText(told.leftOut)),
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
export function actText({ at, act, by, reason }: FleetAct): string {
  return `${at} ${oneLine(act)}${by === null ? '' : ` by ${oneLine(by)}`}: ${oneLine(reason)}`;
}

/** The commands that a fleet waits for, or that help it on; none where it goes on by itself. */
export function hintLines({ summary, ...fleet }: FleetOperation): string[] {
  const words = fleetWords(fleet);
  const { gate, pause } = summary ?? {};
  if (summary?.status === 'awaiting-approval' && gate != null)
    return [`reimage fleet approve|reject ${words} --gate '${oneLine(gate.name)}' --reason TEXT`];
  if (summary?.status === 'paused' && pause != null)
    return [`reimage fleet resume ${words} --pause ${pause.number} --reason TEXT`];
  return summary !== null && summary.held.now > 0
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
  return `${oneLine(nextEvent.what)}, ${formatLocal(nextEvent.at)} (in ${formatBetween(now.toISOString(), nextEvent.at)})`;
}

function summaryLines(fleet: FleetOperation, summary: FleetSummary, now: Date): string[] {
  const { wave, reason, unavailable, failures, held } = summary;
  const event = eventText(summary, now);
  return [
    `  now       ${oneLine(reason)}`,
    ...hintLines(fleet).map((line) => `    ${line}`),
    `  wave      ${waveNumber(wave.index, wave)}`,
    `  limits    unavailable ${unavailable.now}/${unavailable.of}, failures ${failures.now}/${failures.of}, held ${held.now}/${held.of}`,
    ...(event === null ? [] : [`  next      ${event}`]),
  ];
}

function failureLines({ result }: FleetOperation): string[] {
  if (result?.failure === undefined) return [];
  const { type, message, next } = result.failure;
  return [`  ${type}: ${oneLine(message)}`, `  next: ${oneLine(next)}`];
}
