import type { Deadlines } from '../../../contracts/rebuild-request.js';
import { SETTLE_MS } from './stage.js';
import { type AttemptName, parseStep, type StoryStep } from './story-step.js';

/** One line of a story, and what it comes to on the real parts. */
export interface ScriptLine {
  readonly text: string;
  readonly step: StoryStep;
}

/** A story that can be made on the real parts. */
export interface Script {
  readonly lines: readonly ScriptLine[];
  readonly deadlines: Partial<Deadlines>;
  /** A machine falls asleep in it. */
  readonly sleeps: boolean;
}

/** A story of which some lines cannot be made. */
export interface Refused {
  readonly refused: readonly string[];
}

const PHASE_OF: Readonly<Record<string, keyof Deadlines>> = {
  stop: 'stoppingSeconds',
  'wait-stopped': 'stoppingSeconds',
  rebuild: 'rebuildingSeconds',
  'wait-back': 'rebuildingSeconds',
  start: 'startingSeconds',
  'wait-running': 'startingSeconds',
  verify: 'verifyingSeconds',
};

/** Which attempt begins a phase that a story lets run out. */
const BEGUN_BY: Partial<Record<keyof Deadlines, AttemptName['kind']>> = {
  stoppingSeconds: 'stop',
  rebuildingSeconds: 'rebuild',
  startingSeconds: 'start',
};

/** The shortest deadline that a request may set. */
const LEAST_SECONDS = 5;

/** A phase that a story does not let run out. */
const AMPLE_SECONDS = 600;

/** What a client waits for an answer, what a server waits for a heartbeat, and the least pause before another attempt. */
const GIVEN_UP_AFTER_MS = 10_000;
const HEARTBEAT_TIMEOUT_MS = 30_000;
const RETRY_MS = 1_000;
const SLACK_MS = 3_000;

/** Reads a story. Nothing is begun of one that cannot be told to its end: each line that cannot be made is named, with why. */
export function readStory(story: readonly string[]): Script | Refused {
  const lines: ScriptLine[] = [];
  const refused: string[] = [];
  for (const text of story) {
    const step = parseStep(text);
    const why = step === null ? 'nothing here does that' : whyNot(step, lines);
    if (step === null || why !== null) refused.push(`${text.trim()}: ${why}`);
    else lines.push({ text: text.trim(), step });
  }
  refused.push(...lines.filter((line, at) => isFinalBusy(lines, line, at)).map(({ text }) => `${text}: ${BUSY}`));
  if (refused.length > 0) return { refused };
  return {
    lines,
    deadlines: deadlinesOf(lines),
    sleeps: lines.some(({ step }) => step.does === 'stalls'),
  };
}

const BUSY = 'that JD Cloud is busy ends no step there before some minutes';

/** Whether a call is refused as the VM is busy, and no other attempt follows. */
function isFinalBusy(lines: readonly ScriptLine[], { step }: ScriptLine, at: number): boolean {
  if (step.does !== 'delivers' || step.answer !== 'refused') return false;
  const { kind, run } = step;
  return !lines.slice(at).some((later) => later.step.does === 'begins' && isOf(later.step.attempt, kind, run));
}

function isOf(attempt: AttemptName, kind: AttemptName['kind'], run: number): boolean {
  return attempt.kind === kind && attempt.run === run;
}

/** @returns why a step cannot be made where it stands; null where it can */
function whyNot(step: StoryStep, before: readonly ScriptLine[]): string | null {
  if (step.does === 'deadline' && PHASE_OF[step.step] === undefined) return 'no request sets that deadline';
  if (step.does === 'fails-on-read' && step.attempt.kind !== 'rebuild') return 'its read is one of many, and not held';
  if (step.does !== 'stalls') return null;
  const last = before.findLast((line) => 'attempt' in line.step && isSame(line.step.attempt, step.attempt));
  if (last?.step.does === 'sends') return null;
  if (last?.step.does === 'is-confirmed')
    return 'between the word of the server and the first byte nothing outside the worker can hold it';
  return step.attempt.kind === 'rebuild' ? null : 'its reads are not held';
}

export function isSame(one: AttemptName, other: AttemptName): boolean {
  return one.number === other.number && one.kind === other.kind && one.run === other.run;
}

/** Whether the time of verifying is up at a line, before the VM was looked at. */
export function verifiesBlindly(lines: readonly ScriptLine[], at: number): boolean {
  const step = lines[at]?.step;
  return step?.does === 'deadline' && step.step === 'verify';
}

function deadlinesOf(lines: readonly ScriptLine[]): Partial<Deadlines> {
  const ample: Partial<Deadlines> = {
    stoppingSeconds: AMPLE_SECONDS,
    rebuildingSeconds: AMPLE_SECONDS,
    startingSeconds: AMPLE_SECONDS,
    verifyingSeconds: AMPLE_SECONDS,
  };
  const at = lines.findIndex(({ step }) => step.does === 'deadline');
  const deadline = lines[at]?.step;
  const phase = deadline?.does === 'deadline' ? PHASE_OF[deadline.step] : undefined;
  if (phase === undefined) return ample;
  const begun = lines.findIndex(({ step }) => step.does === 'begins' && step.attempt.kind === BEGUN_BY[phase]);
  const ms = lines.slice(Math.max(begun, 0), at).reduce((sum, { step }) => sum + lasts(step), SLACK_MS);
  return { ...ample, [phase]: Math.max(LEAST_SECONDS, Math.ceil(ms / 1000)) };
}

/** How long a step takes of itself. */
function lasts(step: StoryStep): number {
  switch (step.does) {
    case 'passes':
      return step.isSettling ? SETTLE_MS : 0;
    case 'abandons':
      return GIVEN_UP_AFTER_MS;
    case 'is-given-up':
      return HEARTBEAT_TIMEOUT_MS;
    case 'fails-on-read':
      return RETRY_MS;
    case 'delivers':
      return step.answer === 'done' ? 0 : RETRY_MS;
    default:
      return 0;
  }
}
