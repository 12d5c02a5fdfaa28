import type { Freeze } from '../contracts/fleet/freeze.js';
import { failure } from './failure.js';
import type { Namespace } from './namespace.js';

/**
 * The freeze of the namespace, or null.
 * @throws ApplicationFailure TemporalUnreachable (retryable) when it cannot be asked: that never counts as not frozen
 */
export async function askFreeze(namespace: Pick<Namespace, 'freeze'>): Promise<Freeze | null> {
  try {
    return await namespace.freeze();
  } catch (error) {
    const message = `Nobody could tell whether the namespace is frozen: ${textOf(error)}`;
    throw failure('TemporalUnreachable', message, { retryable: true });
  }
}

/** What the SDK says, with what the server said behind it. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
