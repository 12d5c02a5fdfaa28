import { patched, workflowInfo } from '@temporalio/workflow';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { FleetRecord } from './fleet-record.js';

/** Bytes of history after which the run continues as new, whatever the server says. */
const MOST_BYTES = 8_000_000;

/**
 * Events that a run has before it heeds the server, unless an update has come: where the server says of every run that
 * it is full, as one does whose limit is less than the input, each gets that far all the same.
 */
const LEAST_EVENTS = 30;

/** Events that a rebuild under way still adds to the history of a fleet that waits for its end, at most. */
const EVENTS_TO_COME = 12;

/** How full the history of this run is, by its own limit and by the server's. */
export class RunHistory {
  readonly #maxEvents: number;
  /**
   * Whether the run continues as new with rebuilds under way. One that began before there was that takes nothing new up
   * once it is full, and waits for those under way.
   */
  readonly isLeftAtOnce = patched('continues-with-rebuilds-under-way');

  constructor({ maxHistoryEvents }: FleetInput) {
    this.#maxEvents = maxHistoryEvents;
  }

  /** Whether it is time for another run: the server suggests it for many events, many bytes, and many updates. */
  isFull({ answers }: FleetRecord): boolean {
    if (!this.isLeftAtOnce) return false;
    const { historyLength, historySize, continueAsNewSuggested } = workflowInfo();
    if (historyLength >= this.#maxEvents || historySize >= MOST_BYTES) return true;
    return continueAsNewSuggested && (historyLength >= LEAST_EVENTS || answers.given > 0);
  }

  /** Whether a run that waits for its rebuilds is to take no more of them up. */
  isToDrain({ members }: FleetRecord): boolean {
    if (this.isLeftAtOnce) return false;
    const { historyLength, historySize } = workflowInfo();
    return historyLength + EVENTS_TO_COME * members.tally.inFlight >= this.#maxEvents || historySize >= MOST_BYTES;
  }
}
