import type { Phase, RebuildProgress } from '../../../contracts/rebuild-progress.js';
import type { OnWaiting, Waiting } from '../../../temporal/waiting.js';
import type { Operation } from '../../rebuilds/operation.js';
import type { Io, Style } from '../io/deps.js';
import { cutToWidth, formatBetween, oneLine, padToWidth, wrapCommand, wrapToWidth } from '../io/text.js';
import { decideCommand, heldFootLines, untilText, whyHeld } from './held.js';

/** What a frame is drawn for. */
export interface FrameView {
  readonly now: Date;
  readonly width: number;
  readonly rows: number;
  readonly colour: (style: Style, text: string) => string;
}

/** The phases of a rebuild that goes well, in order. */
const ROAD: readonly Phase[] = ['validating', 'stopping', 'backing-up', 'rebuilding', 'starting', 'verifying'];

const MARKS = { past: ['✔', 'green'], now: ['▸', 'cyan'], ahead: ['·', 'dim'] } as const;

type Row = { readonly kind: keyof typeof MARKS; readonly phase: Phase; readonly text: string };

/**
 * One frame of the live display, which fits the terminal. Reasons and commands are wrapped, never cut; where there are too
 * few rows the phases give way to them, those ahead first.
 */
export function renderFrame(operation: Operation, view: FrameView): string[] {
  const { rows, colour } = view;
  // A line that fills the last cell wraps on some terminals.
  const width = view.width - 1;
  const head = [colour('bold', cutToWidth(headLine(operation, view.now), width))];
  const foot = footLines(operation, width, view.now).map((line) => colour('dim', line));
  const most = Math.max(1, rows - 1);
  const phases = phaseRows(operation, view.now);
  while (phases.length > 1 && head.length + foot.length + linesOf(phases, width) > most) {
    if (phases.at(-1)?.kind === 'ahead') phases.pop();
    else phases.shift();
  }
  const shown = phases.flatMap((row) => phaseLines(row, width, colour));
  return [...head, ...shown, ...foot].slice(0, most);
}

function linesOf(phases: readonly Row[], width: number): number {
  return phases.reduce((sum, row) => sum + phaseLines(row, width, (_style, text) => text).length, 0);
}

/** Below the first line of a phase. */
const INDENT = ' '.repeat(4);

function phaseLines({ kind, phase, text }: Row, width: number, colour: FrameView['colour']): string[] {
  const [mark, style] = MARKS[kind];
  const [first = '', ...more] = wrapToWidth(`${padToWidth(phase, 15)} ${text}`.trimEnd(), width - INDENT.length);
  return [
    `  ${colour(style, mark)} ${kind === 'ahead' ? colour('dim', first) : first}`,
    ...more.map((line) => `${INDENT}${line}`),
  ];
}

/** What an operator must know of the step under way, in one line: status, attempt, last error, last answer of a health check or why it waits. */
export function stepText(progress: RebuildProgress): string {
  return [...stepParts(progress), ...answerLines(progress)].join(', ');
}

function stepParts({ observedStatus, attempts, lastError, lastAnswer }: RebuildProgress): string[] {
  return [
    ...(observedStatus === null ? [] : [`VM ${oneLine(observedStatus)}`]),
    ...(attempts > 1 ? [`attempt ${attempts}`] : []),
    // A check that fails is its own last error.
    ...(lastError === null || lastError === lastAnswer ? [] : [`last: ${oneLine(lastError)}`]),
  ];
}

function answerLines({ lastAnswer, answeredBy }: RebuildProgress): string[] {
  return lastAnswer == null ? [] : [`${answeredBy === 'check' ? 'check' : 'now'}: ${oneLine(lastAnswer)}`];
}

function headLine({ instanceId, regionId, requestedBy, startedAt }: Operation, now: Date): string {
  const who = requestedBy === null ? '' : `, for ${oneLine(requestedBy)}`;
  return `rebuild ${instanceId} (${regionId})${who}  ${formatBetween(startedAt, now)}`;
}

function phaseRows({ progress, phase, startedAt }: Operation, now: Date): Row[] {
  const current = progress?.phase ?? phase ?? 'validating';
  const past = (progress?.timeline ?? []).filter((record) => record.finishedAt !== null);
  const since = progress?.since ?? null;
  const text = progress === null ? '' : stepParts(progress).join(', ');
  const elapsed = since === null ? formatBetween(startedAt, now) : formatBetween(since, now);
  return [
    ...past.map(({ phase: name, startedAt: from, finishedAt }): Row => {
      return { kind: 'past', phase: name, text: formatBetween(from, finishedAt ?? now) };
    }),
    { kind: 'now', phase: current, text: progress === null ? text : `${padToWidth(elapsed, 8)} ${text}` },
    ...ahead(current).map((name): Row => ({ kind: 'ahead', phase: name, text: '' })),
  ];
}

function ahead(current: Phase): readonly Phase[] {
  const at = ROAD.indexOf(current);
  // Nothing tells beforehand whether a backup was asked for.
  return at < 0 ? [] : ROAD.slice(at + 1).filter((phase) => phase !== 'backing-up');
}

function footLines(operation: Operation, width: number, now: Date): string[] {
  const { progress, note, webUrl, instanceId, regionId } = operation;
  const wrapped = (line: string) => wrapToWidth(line, width, '  ');
  return [
    ...(progress?.cancelRequestedAt ? wrapped('cancellation asked for') : []),
    ...(progress === null ? [] : nextLines(operation, progress, width, now)),
    ...(note === null ? [] : wrapped(oneLine(note))),
    ...(webUrl === undefined || webUrl.length > width ? [] : [webUrl]),
    ...wrapped(`Ctrl-C ends this view, not the rebuild; \`reimage cancel ${instanceId} --region ${regionId}\` does`),
  ];
}

function nextLines(operation: Operation, progress: RebuildProgress, width: number, now: Date): string[] {
  const wrapped = (line: string) => wrapToWidth(line, width, '  ');
  if (!progress.held) return [...answerLines(progress), `next: ${oneLine(progress.next)}`].flatMap(wrapped);
  const { why, command } = heldFootLines(operation, progress.held, now);
  return [...why.flatMap(wrapped), ...wrapCommand(command, width)];
}

/**
 * One plain line with a timestamp for what is new since the look before; null when nothing is.
 * Made for logs: no colours, no cutting.
 */
export function renderChange(previous: Operation | null, current: Operation, now: Date): string | null {
  const text = changeText(current);
  if (previous !== null && changeText(previous) === text) return null;
  return `${now.toISOString()} ${current.instanceId} ${text}`;
}

/** The same as long as nothing is new: what passes with time alone does not stand in it. */
function changeText(operation: Operation): string {
  const { progress, phase, note } = operation;
  const where = progress?.phase ?? phase ?? 'waiting for a worker';
  if (progress === null) return note === null ? where : `${where}: ${oneLine(note)}`;
  const { held } = progress;
  if (held) return `held: ${whyHeld(held)}; waits for a decision ${untilText(held)}: ${decideCommand(held, operation)}`;
  const step = stepText(progress);
  const cancel = progress.cancelRequestedAt === null ? '' : '; cancellation asked for';
  return `${where}${step && `: ${step}`}; next: ${oneLine(progress.next)}${cancel}`;
}

/** Tells waits on stderr. */
export function tellOnStderr(io: Pick<Io, 'err' | 'now'>): OnWaiting {
  return (waiting) => io.err(renderWaiting(waiting, io.now()));
}

/** A wait in one line: for what, since when, why, and how long it goes on. */
export function renderWaiting({ what, since, lastError, until }: Waiting, now: Date): string {
  const why = lastError === null ? '' : `: ${oneLine(lastError).replace(/\.$/, '')}`;
  const rest = until === null ? '' : ` goes on for ${formatBetween(now.toISOString(), until)};`;
  return `waiting for ${oneLine(what)}, ${formatBetween(since, now)}${why};${rest} Ctrl-C ends the wait`;
}
