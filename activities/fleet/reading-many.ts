import { setMaxListeners } from 'node:events';
import { cancellationSignal } from '@temporalio/activity';
import { toApplicationFailure } from '../failure.js';
import { heartbeating, tellingUnanswered, type Unanswered } from '../heartbeating.js';
import type { Timing } from '../timing.js';

/** Does the work of an activity that reads hundreds of VMs at once: heartbeating, and with its errors as failures. */
export async function readingMany<T>(
  { timing, unanswered }: { readonly timing: Timing; readonly unanswered?: Unanswered | undefined },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    const signal = cancellationSignal();
    // Each read listens to it; node takes more than ten listeners for a leak.
    setMaxListeners(0, signal);
    return await heartbeating(() => work(signal), tellingUnanswered(unanswered));
  } catch (error) {
    throw toApplicationFailure(error, { timing });
  }
}
