import { NamespaceNotFoundError } from '@temporalio/common';
import type { Unreadable } from '../../contracts/unreadable.js';
import { ENCRYPTED_IN_CLEAR, PayloadCodecError } from '../../temporal/encryption/payload-codec.js';
import { failureOf, ReimageError, toReimageError } from './errors.js';
import { grpcCodeOf, isServerLimit, textOf } from './grpc-error.js';

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
