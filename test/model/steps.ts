import type { Call, Step } from './state.js';

/** Steps whose activity changes something. */
export const CALLS: Partial<Record<Step, Call['kind']>> = {
  stop: 'stop',
  'stop-again': 'stop',
  rebuild: 'rebuild',
  start: 'start',
  'undo-start': 'start',
  'finish-start': 'start',
};

/** Steps that a cancellation ends. After the rebuild call it comes too late, and what is undone is undone. */
const CANCELLABLE: readonly Step[] = ['plan', 'stop', 'wait-stopped', 'rebuild'];

/** Steps before which a run that was reset looks back, if it has not. */
export const LOOKS_BACK: readonly Step[] = [
  'plan',
  'stop',
  'rebuild',
  'wait-back',
  'start',
  'stop-again',
  'verify',
  'undo-rest',
];

export function isCancellable(step: Step): boolean {
  return CANCELLABLE.includes(step);
}
