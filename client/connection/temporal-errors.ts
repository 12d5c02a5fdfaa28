import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import type { Unreadable } from '../../contracts/task-failure.js';
import { ENCRYPTED_IN_CLEAR, PayloadCodecError } from '../../temporal/encryption/payload-codec.js';
import { failureOf, ReimageError, toReimageError } from './errors.js';

/** gRPC status codes that say that the server could not be reached, or would not let us in. */
const UNREACHABLE = new Map([
  [4, 'did not answer in time'],
  [7, 'forbids the call to these credentials'],
  [8, 'is overloaded, or the namespace is over its rate limit'],
  [14, 'could not be reached'],
  [16, 'did not accept the credentials'],
]);

/** Codes that a server answers, or seems to, while it restarts. */
const PASSING = new Set([4, 8, 13, 14]);

const INVALID_ARGUMENT = 3;

/** Whether a call that failed like this may succeed by itself in a while: a server that restarts, a network that comes back. */
export function isPassing(error: unknown): boolean {
  const code = grpcCodeOf(error);
  return code !== null && PASSING.has(code);
}

/** Turns what a call of the Temporal client threw into a {@link ReimageError}. One of our own passes unchanged. */
export function fromTemporalError(error: unknown): ReimageError {
  if (error instanceof ReimageError) return error;
  const code = grpcCodeOf(error);
  const said = textOf(error);
  if (isServerLimit(error)) return serverLimit(`A limit of the Temporal server is in the way: ${said}`, error);
  const how = code === null ? undefined : UNREACHABLE.get(code);
  if (how !== undefined) return unreachable(`The Temporal server ${how}: ${said}`, error);
  if (error instanceof NamespaceNotFoundError) {
    return unreachable(`The Temporal server has no namespace ${JSON.stringify(error.namespace)}.`, error);
  }
  if (code === INVALID_ARGUMENT && /search attribute/i.test(said)) {
    return toReimageError(
      failureOf(
        'InvalidInput',
        `The namespace (TEMPORAL_NAMESPACE) lacks search attributes of Reimage: ${said}`,
        'See with `reimage doctor` which are missing and how to register them.',
      ),
      { cause: error },
    );
  }
  const unreadable = unreadableOf(error);
  if (unreadable !== null) return toReimageError(failureOf('Unreadable', unreadable.message), { cause: error });
  return toReimageError(failureOf('Unexpected', said), { cause: error });
}

/** What could not be decrypted, where an error is of that; null for any other. */
export function unreadableOf(error: unknown): Unreadable | null {
  if (error instanceof ReimageError) {
    if (error.failure.type !== 'Unreadable') return null;
    return unreadableOf(error.cause) ?? { keyId: null, message: error.message };
  }
  if (error instanceof PayloadCodecError) return { keyId: error.keyId, message: error.message };
  const isEncrypted = /unknown encoding: binary\/encrypted/i.test(textOf(error));
  return isEncrypted ? { keyId: null, message: ENCRYPTED_IN_CLEAR } : null;
}

/** The error of a Temporal server that could not be reached, or did not let us in. */
export function unreachable(message: string, cause?: unknown): ReimageError {
  return toReimageError(failureOf('TemporalUnreachable', message), { cause });
}

/** The error of a limit of the Temporal server. @param next - what to do, where the table's own advice is not all */
export function serverLimit(message: string, cause: unknown, next?: string): ReimageError {
  return toReimageError(failureOf('ServerLimit', message, next), { cause });
}

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
