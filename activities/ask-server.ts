import { failure } from './failure.js';

/**
 * Asks Temporal's server for something that is decided by. That nobody could be asked is no answer: it is repeated.
 * @param what - for the message, for example `tell which fleet holds the name`
 * @throws ApplicationFailure TemporalUnreachable (retryable)
 */
export async function askServer<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw failure('TemporalUnreachable', `Nobody could ${what}: ${textOf(error)}`, { retryable: true });
  }
}

/** What the SDK says, with what the server said behind it. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
