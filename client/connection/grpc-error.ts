import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, ServiceError } from '@temporalio/client';

/** The gRPC status code behind an error of the SDK, or null when there is none. */
export function grpcCodeOf(error: unknown): number | null {
  if (isGrpcServiceError(error)) return error.code;
  if (error instanceof ServiceError && error.cause !== undefined) return grpcCodeOf(error.cause);
  return null;
}

/** What the server said behind an error of the SDK. */
export function textOf(error: unknown): string {
  if (isGrpcServiceError(error)) return error.details || error.message;
  if (error instanceof ServiceError && error.cause !== undefined) return textOf(error.cause);
  return error instanceof Error ? error.message : String(error);
}

/** gRPC codes under which the server tells a limit: INVALID_ARGUMENT, RESOURCE_EXHAUSTED, FAILED_PRECONDITION. */
const CODES = new Set([3, 8, 9]);

/** How Temporal's server (1.29) words it that a limit of a run or of a message is reached. Its rate limits are another thing. */
const SAYS =
  /total number of distinct updates|in-flight updates|exceeds? (?:size )?limit|exceeded workflow execution limit|larger than max|unexpected workflow task failure/i;

/** Limits of updates that are over once the workflow has taken those under way, or goes on in another run. */
const PASSES = /total number of distinct updates|in-flight updates|unexpected workflow task failure/i;

const PAUSE_MS = 200;

/** What an attempt needs to be answered: one that is cut short would look as if no worker were there. */
const LEAST_MS = 1_000;

/** Whether the server refuses something by one of its limits, and a repeat alone does not mend it. */
export function isServerLimit(error: unknown): boolean {
  const code = grpcCodeOf(error);
  return code !== null && CODES.has(code) && SAYS.test(textOf(error));
}

/**
 * Sends an update again while a limit keeps it out that may pass: a fleet that is full goes on in another run at once.
 * @param forMs - for how long; then what the server says is thrown
 */
export async function untilTaken<T>(send: () => Promise<T>, forMs: number): Promise<T> {
  const deadline = Date.now() + forMs;
  for (;;) {
    try {
      return await send();
    } catch (error) {
      const mayPass = isServerLimit(error) && PASSES.test(textOf(error));
      if (!mayPass || Date.now() + PAUSE_MS + LEAST_MS > deadline) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
