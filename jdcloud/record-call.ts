import type { ApiCall } from './api-call.js';
import { outcomeOf } from './call-record.js';
import type { CallRecord } from './call-record.js';
import { ClockSkewError, JdCloudError } from './errors.js';
import type { ReadAnswer } from './read-answer.js';

/** Runs the sending of one call and tells `onCall` how it ended. What `onCall` throws becomes a process warning. */
export async function recordCall<Result>(
  { operation, regionId }: ApiCall<Result>,
  onCall: (call: CallRecord) => void,
  send: () => Promise<ReadAnswer<Result>>,
): Promise<ReadAnswer<Result>> {
  const startedAt = performance.now();
  const report = (end: Omit<CallRecord, 'operation' | 'regionId' | 'durationMs'>) => {
    try {
      onCall({ operation, regionId, durationMs: performance.now() - startedAt, ...end });
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  };
  try {
    const answer = await send();
    report({ httpStatus: answer.httpStatus, requestId: answer.requestId, outcome: 'ok' });
    return answer;
  } catch (error) {
    const known = error instanceof JdCloudError ? error : { httpStatus: null, requestId: null };
    const skew = error instanceof ClockSkewError ? { clockSkewMs: error.skewMs } : {};
    report({ httpStatus: known.httpStatus, requestId: known.requestId, outcome: outcomeOf(error), ...skew });
    throw error;
  }
}
