import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import { callTemporal, type ClientContext } from '../connection/context.js';
import { failureOf, ReimageInvalidInputError, toReimageError } from '../connection/errors.js';

/**
 * Makes one call about one schedule.
 * @throws ReimageNotFoundError `ScheduleNotFound` · ReimageError `ScheduleExists` · ReimageInvalidInputError for times or
 * a zone that the server does not understand · ReimageUnreachableError
 */
export async function callSchedule<T>(context: ClientContext, scheduleId: string, call: () => Promise<T>): Promise<T> {
  return await callTemporal(context, async () => {
    try {
      return await call();
    } catch (error) {
      throw scheduleError(error, scheduleId, context);
    }
  });
}

/** The error for a schedule that is not there. */
export function noSuchSchedule(scheduleId: string, { client }: ClientContext) {
  const message = `Namespace ${client.options.namespace} knows of no schedule ${scheduleId}.`;
  return toReimageError(failureOf('ScheduleNotFound', message));
}

function scheduleError(error: unknown, scheduleId: string, context: ClientContext): unknown {
  if (error instanceof ScheduleNotFoundError) return noSuchSchedule(scheduleId, context);
  if (error instanceof ScheduleAlreadyRunning) {
    return toReimageError(failureOf('ScheduleExists', `There is a schedule ${scheduleId} already.`));
  }
  // The SDK makes a TypeError of a spec that the server refuses.
  if (!(error instanceof TypeError)) return error;
  return new ReimageInvalidInputError(`The Temporal server refuses the times: ${error.message}`, 'cron');
}
