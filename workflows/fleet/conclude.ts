import { ApplicationFailure } from '@temporalio/workflow';
import { FAILURES } from '../../contracts/failures.js';
import type { FleetResult } from '../../contracts/fleet/fleet-result.js';
import type { Ending } from './halt.js';
import type { Fleet } from './fleet.js';

/** Ends the fleet: with its result, or with the failure that holds it. @throws ApplicationFailure of the type of the ending */
export function conclude({ input, record, notice }: Fleet): FleetResult {
  const { ending } = record;
  const outcome = outcomeOf(ending);
  record.conclude(outcome);
  notice.post();
  const result: FleetResult = {
    outcome,
    fleetId: input.fleetId,
    regionId: input.regionId,
    planDigest: input.planDigest,
    imageId: input.image.imageId,
    counts: record.members.tally.counts,
    startedAt: new Date(record.startedAt).toISOString(),
    finishedAt: new Date().toISOString(),
    acts: [...record.acts],
    ...(ending !== null && { failure: failureOf(ending) }),
  };
  if (ending === null) return result;
  const { type, message, next } = failureOf(ending);
  throw ApplicationFailure.create({ type, message: `${message} ${next}`, nonRetryable: true, details: [result] });
}

function outcomeOf(ending: Ending | null): FleetResult['outcome'] {
  if (ending === null) return 'done';
  return ending.type === 'FleetFailed' ? 'failed' : 'aborted';
}

function failureOf({ type, message }: Ending) {
  return { type, message, next: FAILURES[type].next };
}
