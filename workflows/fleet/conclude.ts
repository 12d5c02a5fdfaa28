import { ApplicationFailure } from '@temporalio/workflow';
import { FAILURES, type FailureType } from '../../contracts/failures.js';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { MemberState } from '../../contracts/fleet/fleet-progress.js';
import type { FleetResult } from '../../contracts/fleet/fleet-result.js';
import type { FleetRecord } from './fleet-record.js';
import type { Ending } from './halt.js';
import type { Fleet } from './fleet.js';
import { leftOutOf } from './summarize.js';

type FleetFailure = NonNullable<FleetResult['failure']>;

/** Somebody has ended the fleet, or has not approved it. */
const ENDED_BY_PEOPLE: readonly FailureType[] = ['FleetAborted', 'FleetRejected'];

const NOT_STARTED: readonly MemberState[] = ['waiting', 'deferred'];

/** Ends the fleet: with its result, or with the failure that holds it. @throws ApplicationFailure of the type of the ending */
export function conclude({ input, record, notice }: Fleet): FleetResult {
  record.conclude(outcomeOf(record.ending));
  notice.post();
  const result = resultOf(input, record);
  if (result.failure === undefined) return result;
  const { type, message, next } = result.failure;
  throw ApplicationFailure.create({ type, message: `${message} ${next}`, nonRetryable: true, details: [result] });
}

/** The result of a fleet that ends now. */
export function resultOf(input: FleetInput, record: FleetRecord): FleetResult {
  const { ending } = record;
  return {
    outcome: outcomeOf(ending),
    fleetId: input.fleetId,
    regionId: input.regionId,
    planDigest: input.planDigest,
    imageId: input.image.imageId,
    counts: record.members.tally.counts,
    startedAt: new Date(record.startedAt).toISOString(),
    finishedAt: new Date().toISOString(),
    acts: [...record.acts],
    ...leftOutOf(record),
    ...(ending !== null && { failure: failureOf(ending, record) }),
  };
}

function outcomeOf(ending: Ending | null): FleetResult['outcome'] {
  if (ending === null) return 'done';
  return ENDED_BY_PEOPLE.includes(ending.type) ? 'aborted' : 'failed';
}

function failureOf({ type, message }: Ending, { members }: FleetRecord): FleetFailure {
  const left = members.inState(NOT_STARTED).filter(({ goal }) => goal === 'back').length;
  if (left === 0) return { type, message, next: FAILURES[type].next };
  const next = 'Go on putting them back with `reimage fleet rollback`; `reimage fleet report` names them.';
  return { type, message: `${message.replace(/[.]?$/, '.')} Not yet put back: ${left}.`, next };
}
