import { allHandlersFinished, condition, continueAsNew } from '@temporalio/workflow';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { Fleet } from './fleet.js';

/**
 * Goes on in a run with an empty history, with everything carried over: rebuilds under way go on, and the next run
 * waits for their ends. Returns only by what Temporal throws for it.
 */
export async function continueFleet({ input, record, crew }: Pick<Fleet, 'input' | 'record' | 'crew'>): Promise<void> {
  // A rebuild that is just being started is known by no run yet; an update that is under way would be answered as failed.
  await condition(() => crew.isSettled && allHandlersFinished());
  record.act('continued', null, 'the history of the run was full');
  await continueAsNew<(next: FleetInput) => Promise<unknown>>({ ...input, carried: record.carried() });
}
