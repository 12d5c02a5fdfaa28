import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { Unreadable } from '../../contracts/unreadable.js';
import { callTemporal, type ClientContext } from './context.js';
import { unreadableOf } from './temporal-errors.js';

/** How a run closed: with a value, or with the error that the SDK makes of its last event. */
export type Closing = { readonly value: unknown } | { readonly error: WorkflowFailedError };

/** Waits for the end of a run. Throws what the Temporal client throws when the server cannot be asked. */
export async function closingOf(handle: WorkflowHandle): Promise<Closing> {
  try {
    return { value: await handle.result() };
  } catch (error) {
    if (error instanceof WorkflowFailedError) return { error };
    throw error;
  }
}

/**
 * How a closed run has ended, or why that cannot be read here.
 * @throws ReimageUnreachableError
 */
export async function closingOrUnreadable(
  context: ClientContext,
  handle: WorkflowHandle,
): Promise<Closing | { readonly unreadable: Unreadable }> {
  try {
    return await callTemporal(context, () => closingOf(handle));
  } catch (error) {
    const unreadable = unreadableOf(error);
    if (unreadable === null) throw error;
    return { unreadable };
  }
}
