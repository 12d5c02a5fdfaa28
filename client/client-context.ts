import type { Client } from '@temporalio/client';
import { fromTemporalError } from './temporal-errors.js';

/** What every function of the library works with. */
export interface ClientContext {
  readonly client: Client;
  readonly taskQueue: string;
  /** Base URL of Temporal's web UI; null when unknown. */
  readonly webUi: string | null;
}

const CALL_TIMEOUT_MS = 10_000;

/**
 * Makes one short call to the Temporal server; the SDK repeats it inside the time given.
 * @throws ReimageError and nothing else
 */
export async function callTemporal<T>(
  { client }: ClientContext,
  call: () => Promise<T>,
  timeoutMs = CALL_TIMEOUT_MS,
): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + timeoutMs, call);
  } catch (error) {
    throw fromTemporalError(error);
  }
}
