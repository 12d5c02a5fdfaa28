import { allHandlersFinished, condition, continueAsNew, sleep } from '@temporalio/workflow';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { Fleet } from './fleet.js';

/**
 * Goes on in a run with an empty history, with everything carried over: rebuilds under way go on, and the next run
 * waits for their ends. Returns only by what Temporal throws for it.
 */
export async function continueFleet({ input, record, crew }: Pick<Fleet, 'input' | 'record' | 'crew'>): Promise<void> {
  await settled({ record, crew });
  record.act('continued', null, 'the history of the run was full');
  await continueAsNew<(next: FleetInput) => Promise<unknown>>({ ...input, carried: record.carried() });
}

/**
 * Waits until each rebuild under way is known by its run, and no update came in the very task that ends the run: the
 * server would answer that one as failed, though it was done.
 */
async function settled({ record, crew }: Pick<Fleet, 'record' | 'crew'>): Promise<void> {
  for (;;) {
    const { given } = record.answers;
    await condition(() => crew.isSettled && allHandlersFinished());
    await sleep(1);
    if (record.answers.given === given && crew.isSettled) return;
  }
}
