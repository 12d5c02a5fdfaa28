import { condition } from '@temporalio/workflow';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import { continueFleet } from './continue-fleet.js';
import type { Crew } from './crew.js';
import type { FleetRecord } from './fleet-record.js';
import type { Notice } from './notice.js';
import type { RunHistory } from './run-history.js';
import type { Sights } from './sights.js';

/** What the steps of one fleet share. */
export interface Fleet {
  readonly input: FleetInput;
  readonly record: FleetRecord;
  /** The rebuilds under way. */
  readonly crew: Crew;
  /** What was last seen of the world outside. */
  readonly sights: Sights;
  readonly notice: Notice;
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
  const { record, notice, history } = fleet;
  notice.post();
  if (history.isFull(record)) await continueFleet(fleet);
  const seen = record.version;
  const isOver = () => record.version !== seen || history.isFull(record);
  if (at === null) await condition(isOver);
  else await condition(isOver, Math.min(Math.max(at - Date.now(), 1), LONGEST_WAIT_MS));
  if (history.isFull(record)) await continueFleet(fleet);
}
