import type { WorkerInterceptors } from '@temporalio/worker';
import type { WorkerFailure } from '../../contracts/worker-report.js';

/** What went wrong last in the activities of a worker. */
export interface LastFailure {
  readonly interceptors: WorkerInterceptors;
  /** Null: nothing has failed. */
  readonly last: () => WorkerFailure | null;
}

/** Longest that is kept of a message. */
const LONGEST = 500;

/** Remembers how the last attempt ended that failed. A cancellation is no failure. */
export function createLastFailure(now: () => Date = () => new Date()): LastFailure {
  let last: WorkerFailure | null = null;
  return {
    last: () => last,
    interceptors: {
      activity: [
        ({ info: { activityType }, cancellationSignal }) => ({
          inbound: {
            execute: async (input, next) => {
              try {
                return await next(input);
              } catch (error) {
                const message = (error instanceof Error ? error.message : String(error)).slice(0, LONGEST);
                if (!cancellationSignal.aborted) last = { at: now().toISOString(), activity: activityType, message };
                throw error;
              }
            },
          },
        }),
      ],
    },
  };
}
