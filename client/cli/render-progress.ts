import type { Phase } from '../../contracts/phases.js';
import type { RebuildProgress } from '../../contracts/rebuild-progress.js';
import type { Operation } from '../operation.js';
import type { Style } from './cli-deps.js';
import { cutToWidth, formatBetween, oneLine, padToWidth } from './display-text.js';
import { heldFootLines } from './render-held.js';

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

/** One frame of the live display, cut to the terminal. */
export function renderFrame(operation: Operation, view: FrameView): string[] {
  const { rows, colour } = view;
  // A line that fills the last cell wraps on some terminals.
  const width = view.width - 1;
  const head = cutToWidth(headLine(operation, view.now), width);
  const phases = phaseRows(operation, view.now).map(({ kind, phase, text }) => {
    const [mark, style] = MARKS[kind];
    const line = cutToWidth(`${padToWidth(phase, 15)} ${text}`, width - 4).trimEnd();
    return `  ${colour(style, mark)} ${kind === 'ahead' ? colour('dim', line) : line}`;
  });
  const foot = footLines(operation, width, view.now).map((line) => colour('dim', cutToWidth(line, width)));
  return [colour('bold', head), ...phases, ...foot].slice(0, Math.max(1, rows - 1));
}

/** What an operator must know of the step under way, in one line: status, attempt, last error, last answer of a health check. */
export function stepText(progress: RebuildProgress): string {
  return [...stepParts(progress), ...checkLines(progress)].join(', ');
}

function stepParts({ observedStatus, attempts, lastError, lastAnswer }: RebuildProgress): string[] {
  return [
    ...(observedStatus === null ? [] : [`VM ${oneLine(observedStatus)}`]),
    ...(attempts > 1 ? [`attempt ${attempts}`] : []),
    // A check that fails is its own last error.
    ...(lastError === null || lastError === lastAnswer ? [] : [`last: ${oneLine(lastError)}`]),
  ];
}

function checkLines({ lastAnswer }: RebuildProgress): string[] {
  return lastAnswer == null ? [] : [`check: ${oneLine(lastAnswer)}`];
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
  return [
    ...(progress?.cancelRequestedAt ? ['cancellation asked for'] : []),
    ...(progress === null ? [] : nextLines(operation, progress, now)),
    ...(note === null ? [] : [oneLine(note)]),
    ...(webUrl === undefined || webUrl.length > width ? [] : [webUrl]),
    `Ctrl-C ends this view, not the rebuild; \`reimage cancel ${instanceId} --region ${regionId}\` does`,
  ];
}

function nextLines(operation: Operation, progress: RebuildProgress, now: Date): string[] {
  if (progress.held) return heldFootLines(operation, progress.held, now);
  return [...checkLines(progress), `next: ${oneLine(progress.next)}`];
}
