import type { FiringTime } from '../../schedules/daylight-saving.js';
import type { Firing, ScheduleDetails, ScheduleState } from '../../schedules/state.js';
import { formatSpan, oneLine, renderTable } from '../io/text.js';
import { stuckLines, unreadableLine, withUnreadable } from './operation.js';

/** What a schedule is to do, and when. */
export function renderScheduleHead(schedule: ScheduleDetails): string[] {
  const { scheduleId, fleet, regionId, times, zone, overlap, catchUpSeconds, jitterSeconds, pauseOnFailure } = schedule;
  const span = (seconds: number) => formatSpan(seconds * 1000);
  return [
    `Schedule ${scheduleId} of fleet ${oneLine(withUnreadable(fleet, schedule))} in ${oneLine(regionId)}`,
    ...row('times', `${times.join(' and ')}, ${zone}`),
    ...row('jitter', jitterSeconds === 0 ? null : `up to ${span(jitterSeconds)} late`),
    ...row('overlap', OVERLAP_TEXT[overlap] ?? overlap),
    ...row('catch-up', `up to ${span(catchUpSeconds)} late; later ones are missed, and told`),
    ...row('failure', pauseOnFailure ? 'pauses the schedule' : 'changes nothing: it goes on firing'),
    ...row('image', imageText(schedule)),
  ];
}

/** One screen about a schedule. */
export function renderSchedule(schedule: ScheduleDetails): string[] {
  const { paused, note, running, firings, next, daylight } = schedule;
  return [
    ...renderScheduleHead(schedule),
    ...row('state', paused ? 'paused: it does not fire' : 'active'),
    ...row('note', note),
    ...row('!', schedule.unreadable === undefined ? null : unreadableLine(schedule.unreadable)),
    ...row('so far', countsText(schedule)),
    ...row('running', running.length === 0 ? null : running.join(', ')),
    ...(firings.length === 0
      ? []
      : [
          '',
          ...renderTable(
            ['DUE', 'FLEET', 'STATUS', 'LEFT ALONE', 'TRIGGERED BY', 'OPERATION'],
            firings.map(firingCells),
          ),
        ]),
    ...firings.flatMap(({ operationId, taskFailure }) => stuckLines(operationId, taskFailure)),
    '',
    ...(paused ? ['were it not paused:'] : []),
    ...nextLines(next),
    ...daylight.map((line) => `warning: ${oneLine(line)}`),
  ];
}

/** The table of `schedule list`. @param width - terminal cells that there are; by default as many as it takes */
export function renderScheduleList(schedules: readonly ScheduleState[], width = Number.POSITIVE_INFINITY): string[] {
  if (schedules.length === 0) return ['no schedules'];
  return renderTable(
    ['SCHEDULE', 'REGION', 'FLEET', 'TIMES', 'ZONE', 'STATE', 'NEXT', 'FIRED', 'MISSED', 'SKIPPED', 'NOTE'],
    schedules.map(
      ({ scheduleId, regionId, fleet, times, zone, paused, running, next, fired, missed, skipped, note, ...rest }) => [
        scheduleId,
        regionId,
        withUnreadable(fleet, rest),
        times.join(' and '),
        zone,
        paused ? 'paused' : running.length > 0 ? 'running' : 'active',
        paused ? '' : (next[0]?.at ?? ''),
        String(fired),
        String(missed),
        String(skipped),
        note ?? '',
      ],
    ),
    { width, dispensable: ['NOTE', 'ZONE', 'TIMES', 'FIRED', 'REGION', 'SKIPPED', 'MISSED'] },
  );
}

/** Times, by the clock of the schedule's zone and by UTC. */
export function nextLines(times: readonly FiringTime[]): string[] {
  const lines = times.map(({ at, local, note }) => `  ${local}  =  ${at}${note === null ? '' : ` (${oneLine(note)})`}`);
  return ['next times:', ...(lines.length === 0 ? ['  none'] : lines)];
}

const OVERLAP_TEXT: Readonly<Record<string, string>> = {
  skip: 'a firing that is due while the one before runs is skipped',
  'buffer-one': 'a firing that is due while the one before runs waits for it, one at most',
};

function row(label: string, text: string | null): string[] {
  return text === null ? [] : [`  ${label.padEnd(9)} ${oneLine(text)}`];
}

function imageText({ spec }: ScheduleDetails): string | null {
  if (spec === null) return null;
  const { id, newestNamed, sharedBy } = spec.image;
  const shared = sharedBy === undefined ? '' : `, or shared by ${sharedBy.join(' or ')}`;
  return (
    id ??
    `the newest at each firing whose name begins with ${JSON.stringify(newestNamed)}, of the account's own${shared}`
  );
}

function countsText({ fired, missed, skipped }: ScheduleState): string {
  const told = [
    `${fired} fired`,
    ...(missed === 0 ? [] : [`${missed} missed while the server was away`]),
    ...(skipped === 0 ? [] : [`${skipped} skipped while the one before ran`]),
  ];
  return told.join(', ');
}

function firingCells({ dueAt, fleetId, status, leftAlone, triggeredBy, operationId, ...rest }: Firing): string[] {
  return [dueAt, withUnreadable(fleetId ?? '', rest), status, leftAlone ?? '', triggeredBy ?? '', operationId];
}
