import type { WorkerReport } from '../contracts/worker-report.js';
import { orFailure } from './runtime/failures.js';
import { activitiesUnder } from './runtime/retry-policies.js';

/** Longer than one call to JD Cloud. */
const WITHIN_MS = 40_000;

/**
 * What the worker that takes it up says of itself. Takes no input, so that one that lacks the keys of whoever asks can
 * answer all the same. Touches nothing.
 * @throws ApplicationFailure of a type of contracts/failures.ts with the Failure as its detail
 */
export async function reportWorker(): Promise<WorkerReport | null> {
  return orFailure(() => activitiesUnder('call', WITHIN_MS).reportWorker());
}
