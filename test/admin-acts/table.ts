import { MOMENTS, type MomentName, type Word } from './phases.js';

/** What an administrator does. */
export const ACTS = [
  'reset-first',
  'reset-last',
  'reset-older-first',
  'reset-older-last',
  'reset-older-before-stop',
  'reset-older-before-call',
  'reset-again',
  'reset-older-again',
  'reset-batch',
  'terminate-and-ask-anew',
  'terminate-and-reset-first',
  'terminate-and-reset-last',
  'cancel',
  'cancel-batch',
  'activity-pause',
  'activity-reset',
  'activity-reset-heartbeats',
  'activity-complete',
  'activity-complete-null',
  'activity-fail',
  'activity-options-longer',
  'activity-options-over',
  'workflow-pause',
] as const;

export type ActName = (typeof ACTS)[number];

/** One act in all phases. docs/decisions/0023-what-a-reset-run-may-do.md is held equal to it. */
export interface ActRow {
  readonly act: ActName;
  /** What it is, for the table. */
  readonly what: string;
  /** What the operator guide says of it, word by word. */
  readonly says: string;
  /** What comes of it, in each phase; of two, what the server is quicker to do. */
  readonly comes: Readonly<Record<MomentName, Word | readonly Word[]>>;
}

type Comes = ActRow['comes'];

/** The same word in all phases, save some. */
function all(word: Word, save: Partial<Comes> = {}): Comes {
  const same = Object.fromEntries(MOMENTS.map((moment) => [moment, word]));
  return { ...allDone, ...same, ...save };
}

const allDone: Comes = {
  validating: 'done',
  stopping: 'done',
  'backing-up': 'done',
  'call out': 'done',
  rebuilding: 'done',
  starting: 'done',
  verifying: 'done',
  health: 'done',
  held: 'done',
  'rollback, before': 'done',
  'rollback, after': 'done',
  restoring: 'done',
  done: 'done',
  failed: 'done',
};

/** Where the run is left to go its own way. */
const OWN_WAY = { 'rollback, before': 'put back', 'rollback, after': 'put back', restoring: 'restored' } as const;
const ENDED = { done: 'none', failed: 'none' } as const;
const NO_ACTIVITY = { held: 'none', ...ENDED } as const;

/** An older run, done, of a VM whose next rebuild is in the phase. */
const OLDER = all('finished', { validating: 'done', held: 'left', done: 'refused', failed: 'done' });

/** Too late once the rebuild call is out; a hold ends by it. */
const CANCELLED = all('done, too late', {
  validating: 'cancelled',
  stopping: 'cancelled',
  'backing-up': 'cancelled',
  held: 'left',
  ...OWN_WAY,
  ...ENDED,
});

/** One after the other; which one is the last is chance. */
const BATCH: Comes = {
  ...all('done'),
  stopping: ['done', 'finished'],
  'backing-up': ['done', 'finished'],
  'call out': ['done', 'finished'],
  rebuilding: ['done', 'finished'],
  starting: ['done', 'finished'],
  verifying: ['done', 'finished'],
  health: ['done', 'finished'],
  held: ['done', 'left'],
  'rollback, before': ['done', 'finished'],
  'rollback, after': 'finished',
  restoring: ['done', 'finished'],
  done: ['done', 'refused'],
};

/** The activity under way ends without having done its work. */
const BROKEN_OFF = all('left', {
  validating: 'restored',
  stopping: 'restored',
  'backing-up': 'restored',
  'call out': 'done',
  restoring: 'restored',
  ...NO_ACTIVITY,
});

/** The server looks at an activity's new deadline when an old one is due: what comes first is chance. */
const OVER: Comes = {
  ...all('done'),
  validating: ['done', 'restored'],
  stopping: ['done', 'restored'],
  'backing-up': ['done', 'restored'],
  rebuilding: ['done', 'left'],
  starting: ['done', 'left'],
  verifying: ['done', 'left'],
  health: ['done', 'left'],
  'rollback, before': ['put back', 'left'],
  'rollback, after': ['put back', 'left'],
  restoring: 'restored',
  ...NO_ACTIVITY,
};

const RESET = {
  first:
    'A run that is reset to its first task starts again: what was not erased is erased, what it has already erased is not erased again.',
  last: 'A run that is reset to its last task, or to any in between, continues from there.',
  older:
    'An older run is refused if another rebuild has had the VM since; if that one was under way, its VM is first brought to a stable state.',
  terminate: 'A terminated rebuild ends at once, in whatever state the VM is, and releases the lock.',
  resetAfter: 'A reset of the terminated run finishes it.',
} as const;

const COMPLETED = 'A step that is completed by hand with a result that it cannot have is repeated or verified.';

export const ACT_TABLE: readonly ActRow[] = [
  {
    act: 'reset-first',
    what: 'reset to the first task',
    says: RESET.first,
    comes: all('done', { 'rollback, after': 'finished' }),
  },
  {
    act: 'reset-last',
    what: 'reset to the last task',
    says: RESET.last,
    comes: all('done', { ...OWN_WAY, held: 'held', failed: 'restored' }),
  },
  { act: 'reset-older-first', what: 'reset of an older run to its first task', says: RESET.older, comes: OLDER },
  { act: 'reset-older-last', what: 'the same, to its last task', says: RESET.older, comes: OLDER },
  { act: 'reset-older-before-stop', what: 'the same, to the task before its stop', says: RESET.older, comes: OLDER },
  {
    act: 'reset-older-before-call',
    what: 'the same, to that before its rebuild call',
    says: RESET.older,
    comes: OLDER,
  },
  {
    act: 'reset-again',
    what: 'reset to the first task, and once that has ended, to its last',
    says: 'A run that was reset may be reset again: it reads the VM again.',
    comes: all('done', { 'rollback, after': 'finished' }),
  },
  {
    act: 'reset-older-again',
    what: 'reset of an older run that was reset itself, to the task before its rebuild call',
    says: RESET.older,
    comes: OLDER,
  },
  {
    act: 'reset-batch',
    what: 'all runs of the VM, to their first tasks, in one batch',
    says: 'A batch that resets all runs of a VM resets them one after the other: the last of them remains.',
    comes: BATCH,
  },
  {
    act: 'terminate-and-ask-anew',
    what: 'terminate; then, at rest, a new rebuild with `--power running`',
    says: RESET.terminate,
    comes: all('done', ENDED),
  },
  {
    act: 'terminate-and-reset-first',
    what: 'terminate; then reset to the first task',
    says: RESET.resetAfter,
    comes: all('done', { 'rollback, after': 'finished', ...ENDED }),
  },
  {
    act: 'terminate-and-reset-last',
    what: 'terminate; then reset to the last task',
    says: RESET.resetAfter,
    comes: all('done', { ...OWN_WAY, held: 'held', ...ENDED }),
  },
  {
    act: 'cancel',
    what: 'cancel',
    says: 'Cancel is the way to end a rebuild: before the rebuild call the old power state is restored, after it the rebuild finishes.',
    comes: CANCELLED,
  },
  {
    act: 'cancel-batch',
    what: 'cancel by a batch',
    says: 'A batch that cancels does the same.',
    comes: CANCELLED,
  },
  {
    act: 'activity-pause',
    what: 'activity pause, then unpause',
    says: 'Pausing an activity holds the step and cancels nothing; its deadline keeps running.',
    comes: all('done', { ...OWN_WAY, ...NO_ACTIVITY }),
  },
  {
    act: 'activity-reset',
    what: 'activity reset',
    says: 'Resetting an activity starts its step again: it reads first, and erases nothing twice.',
    comes: all('done', { ...OWN_WAY, ...NO_ACTIVITY }),
  },
  {
    act: 'activity-reset-heartbeats',
    what: 'the same, its heartbeats forgotten',
    says: 'Resetting an activity starts its step again: it reads first, and erases nothing twice.',
    comes: all('done', { ...OWN_WAY, ...NO_ACTIVITY }),
  },
  {
    act: 'activity-complete',
    what: 'activity complete, result `{}`',
    says: COMPLETED,
    comes: all('done', { ...OWN_WAY, ...NO_ACTIVITY }),
  },
  {
    act: 'activity-complete-null',
    what: 'the same, result `null`',
    says: COMPLETED,
    comes: all('done', { ...OWN_WAY, ...NO_ACTIVITY }),
  },
  {
    act: 'activity-fail',
    what: 'activity fail, not to be retried',
    says: 'A step that is failed by hand ends the rebuild, like any failure of it.',
    comes: BROKEN_OFF,
  },
  {
    act: 'activity-options-longer',
    what: 'activity update-options: longer timeouts, other retries',
    says: 'Longer timeouts and other retry policies change nothing else; a deadline that has passed ends the step like any deadline.',
    comes: all('done', { ...OWN_WAY, ...NO_ACTIVITY }),
  },
  {
    act: 'activity-options-over',
    what: 'the same: a deadline that is over',
    says: 'Longer timeouts and other retry policies change nothing else; a deadline that has passed ends the step like any deadline.',
    comes: OVER,
  },
  {
    act: 'workflow-pause',
    what: 'workflow pause, then unpause, where the server has it',
    says: 'A workflow that is paused takes no step; the deadlines of its phases keep running.',
    comes: all('done', { ...OWN_WAY, held: 'held', ...ENDED }),
  },
];
