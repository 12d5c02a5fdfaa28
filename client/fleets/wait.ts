import { setTimeout as sleep } from 'node:timers/promises';
import type { Waiting } from '../../temporal/waiting.js';
import { type ClientContext, contextOf } from '../connection/context.js';
import { ReimageUnreachableError } from '../connection/errors.js';
import type { FleetLookup } from './find.js';
import type { FleetOperation } from './operation.js';
import { readFleet } from './read.js';

export interface FleetWaitOptions {
  /** Ends the wait, not the fleet. */
  readonly signal?: AbortSignal;
  /** Called with what is known, once per look, the last time when the fleet has ended. */
  readonly onProgress?: (fleet: FleetOperation) => void | Promise<void>;
  /** Time between two looks. @default 1000 */
  readonly progressIntervalMs?: number;
  /** How long the Temporal server may be away before the wait is given up. @default 600000 */
  readonly reconnectTimeoutMs?: number;
}

/**
 * Waits until a fleet has ended, however it ends. Survives restarts of the server and of workers, and looks again at
 * intervals: a fleet may run for days, and in several runs.
 * @throws ReimageNotFoundError `FleetNotFound` · ReimageUnreachableError · the signal's reason
 */
export async function waitForFleet(
  of: ClientContext,
  lookup: FleetLookup,
  options: FleetWaitOptions = {},
): Promise<FleetOperation> {
  const { signal, onProgress, progressIntervalMs = 1_000, reconnectTimeoutMs = 600_000 } = options;
  signal?.throwIfAborted();
  const context = contextOf(of, { signal });
  let fleet = await readFleet(context, lookup);
  let seenAt = Date.now();
  for (;;) {
    await onProgress?.(fleet);
    if (!fleet.isRunning) return fleet;
    await sleep(progressIntervalMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    signal?.throwIfAborted();
    const last = fleet;
    const tellSlowLook = ({ note }: Waiting) => void onProgress?.({ ...last, summary: null, note });
    const looking = { ...context, onProgress: onProgress && tellSlowLook };
    const next = await readAgain(looking, last, Date.now() - seenAt <= reconnectTimeoutMs);
    fleet = next.fleet;
    if (next.isSeen) seenAt = Date.now();
  }
}

/** A server that does not answer is news too, as long as it may be away. */
async function readAgain(
  context: ClientContext,
  last: FleetOperation,
  mayBeAway: boolean,
): Promise<{ readonly fleet: FleetOperation; readonly isSeen: boolean }> {
  try {
    return { fleet: await readFleet(context, last), isSeen: true };
  } catch (error) {
    context.signal?.throwIfAborted();
    if (!(error instanceof ReimageUnreachableError) || !mayBeAway) throw error;
    return { fleet: { ...last, summary: null, note: error.message }, isSeen: false };
  }
}
