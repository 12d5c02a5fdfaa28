import { setTimeout as delay } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';

/** What ends a check early. */
export interface LimitOptions {
  /** Aborted when the worker stops. */
  readonly stopping: AbortSignal;
  readonly deadline?: { readonly at: string; readonly failure: () => Error };
}

export interface Limits {
  /** Aborts at the first of: cancellation, the worker's stop, the deadline. Its reason is what the activity throws. */
  readonly signal: AbortSignal;
  /** Must be called: the worker's signal outlives the activity. */
  readonly release: () => void;
}

/** Starts the clock of an activity that looks again and again. */
export function startLimits({ stopping, deadline }: LimitOptions): Limits {
  const controller = new AbortController();
  const cancelled = cancellationSignal();
  const onCancel = () => controller.abort(cancelled.reason);
  const onStopping = () => controller.abort(workerStopping());
  cancelled.addEventListener('abort', onCancel);
  stopping.addEventListener('abort', onStopping);
  const timer = deadline && setTimeout(() => controller.abort(deadline.failure()), msUntil(deadline.at));
  if (cancelled.aborted) onCancel();
  if (stopping.aborted) onStopping();
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      cancelled.removeEventListener('abort', onCancel);
      stopping.removeEventListener('abort', onStopping);
    },
  };
}

/** Waits; throws the reason of the signal when that aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}

function msUntil(at: string): number {
  return Math.max(Date.parse(at) - Date.now(), 0);
}

function workerStopping(): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'WorkerStopping',
    message: 'The worker is stopping; another one goes on looking.',
    category: ApplicationFailureCategory.BENIGN,
  });
}
