import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { ChildRebuilds } from './child-rebuilds.js';
import type { FleetState } from './fleet-state.js';
import type { Observations } from './observations.js';
import type { FleetVisibility } from './status.js';

/** What the steps of one fleet share. */
export interface Fleet {
  readonly input: FleetInput;
  readonly record: FleetState;
  /** The rebuilds under way. */
  readonly children: ChildRebuilds;
  /** What was last seen of the world outside. */
  readonly observations: Observations;
  readonly visibility: FleetVisibility;
  readonly history: RunHistory;
}

/** Longest that Temporal's timers are asked for at a time: what is further off is looked at again then. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

/**
 * Shows where the fleet is, and resolves at the next change of the fleet's state, or at a moment. Everything that takes
 * its time waits here, so that a fleet whose history is full continues as new wherever it is.
 * @param at - null: only a change ends it
 */
export async function changeOr(fleet: Fleet, at: number | null): Promise<void> {
  const { record, visibility, history } = fleet;
  visibility.post();
  if (history.isFull(record)) await continueFleet(fleet);
  const seen = record.version;
  const isOver = () => record.version !== seen || history.isFull(record);
  if (at === null) await condition(isOver);
  else await condition(isOver, Math.min(Math.max(at - Date.now(), 1), LONGEST_WAIT_MS));
  if (history.isFull(record)) await continueFleet(fleet);
}

/**
 * Goes on in a run with an empty history, with everything carried over: rebuilds under way go on, and the next run
 * waits for their ends. Returns only by what Temporal throws for it.
 */
async function continueFleet({ input, record, children }: Pick<Fleet, 'input' | 'record' | 'children'>): Promise<void> {
  // A rebuild that is just being started is known by no run yet; an update that is under way would be answered as failed.
  await condition(() => children.isSettled && allHandlersFinished());
  record.recordAct('continued', null, 'the history of the run was full');
  await continueAsNew<(next: FleetInput) => Promise<unknown>>({ ...input, snapshot: record.snapshot() });
}

/** Bytes of history after which the run continues as new, whatever the server says. */
const MOST_BYTES = 8_000_000;

/**
 * Events that a run has before it follows the server, unless an update has come: where the server says of every run that
 * it is full, as one does whose limit is less than the input, each gets that far all the same.
 */
const LEAST_EVENTS = 30;

/** How full the history of this run is, by its own limit and by the server's. */
export class RunHistory {
  readonly #maxEvents: number;

  constructor({ maxHistoryEvents }: FleetInput) {
    this.#maxEvents = maxHistoryEvents;
  }

  /** Whether it is time for another run: the server suggests it for many events, many bytes, and many updates. */
  isFull({ answers }: FleetState): boolean {
    const { historyLength, historySize, continueAsNewSuggested } = workflowInfo();
    if (historyLength >= this.#maxEvents || historySize >= MOST_BYTES) return true;
    return continueAsNewSuggested && (historyLength >= LEAST_EVENTS || answers.given > 0);
  }
}
