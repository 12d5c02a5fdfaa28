import { ApplicationFailure } from '@temporalio/workflow';
import { FAILURES, type FailureType } from '../../contracts/failures.js';
import type { FleetInput } from '../../contracts/fleet/fleet-input.js';
import type { FleetResult, MemberState } from '../../contracts/fleet/fleet-progress.js';
import { bake } from './bake.js';
import type { Ending } from './blockers.js';
import { findMoved } from './detect-moved.js';
import { changeOr, type Fleet } from './fleet-context.js';
import type { FleetState } from './fleet-state.js';
import type { MemberChange } from './members.js';
import { rebuildWave, settleBudget } from './run-wave.js';
import { leftOutOf } from './status.js';

/** Rebuilds and judges a wave, and again what was put back in the queue meanwhile. */
export async function moveWave(fleet: Fleet): Promise<void> {
  do {
    await rebuildWave(fleet);
    await bake(fleet);
    await resumed(fleet);
  } while (fleet.record.hasWork);
}

/** A paused fleet goes nowhere, not even to its end: an operator may still want VMs tried again. */
export async function resumed(fleet: Fleet): Promise<void> {
  while (fleet.record.pause !== null && !fleet.record.isEnding) {
    // A held VM may fail meanwhile.
    if (fleet.record.pause.isForBudget) settleBudget(fleet);
    await changeOr(fleet, null);
  }
}

type FleetFailure = NonNullable<FleetResult['failure']>;

/** Somebody has ended the fleet, or has not approved it. */
const ENDED_BY_PEOPLE: readonly FailureType[] = ['FleetAborted', 'FleetRejected'];

const NOT_STARTED: readonly MemberState[] = ['waiting', 'deferred'];

/** Ends the fleet: with its result, or with the failure that holds it. @throws ApplicationFailure of the type of the ending */
export function conclude({ input, record, visibility }: Fleet): FleetResult {
  record.conclude(outcomeOf(record.ending));
  visibility.post();
  const result = resultOf(input, record);
  if (result.failure === undefined) return result;
  const { type, message, next } = result.failure;
  throw ApplicationFailure.create({ type, message: `${message} ${next}`, nonRetryable: true, details: [result] });
}

/** The result of a fleet that ends now. */
export function resultOf(input: FleetInput, record: FleetState): FleetResult {
  const { ending } = record;
  return {
    outcome: outcomeOf(ending),
    fleetId: input.fleetId,
    regionId: input.regionId,
    planDigest: input.planDigest,
    imageId: input.image.imageId,
    counts: record.members.counts.counts,
    startedAt: new Date(record.startedAt).toISOString(),
    finishedAt: new Date().toISOString(),
    auditEntries: [...record.auditEntries],
    ...leftOutOf(record),
    ...(ending !== null && { failure: failureOf(ending, record) }),
  };
}

function outcomeOf(ending: Ending | null): FleetResult['outcome'] {
  if (ending === null) return 'done';
  return ENDED_BY_PEOPLE.includes(ending.type) ? 'aborted' : 'failed';
}

function failureOf({ type, message }: Ending, { members }: FleetState): FleetFailure {
  const left = members.inState(NOT_STARTED).filter(({ goal }) => goal === 'rollback').length;
  if (left === 0) return { type, message, next: FAILURES[type].next };
  const next = 'Go on putting them back with `reimage fleet rollback`; `reimage fleet report` names them.';
  return { type, message: `${message.replace(/[.]?$/, '.')} Not yet put back: ${left}.`, next };
}

/** Pauses before each further try at VMs that were busy: about twenty minutes in all. */
export const PAUSES_SECONDS = [0, 5, 10, 20, 40, 80, 160, 320, 640];

/** Tries the VMs again that were busy with another rebuild. Those that still are end as skipped. */
export async function moveDeferred(fleet: Fleet): Promise<void> {
  const { record } = fleet;
  const deferred = () => record.members.inState(['deferred']);
  for (const seconds of PAUSES_SECONDS.slice(record.waits.deferredTries)) {
    if (deferred().length === 0 || record.isEnding) break;
    await pause(fleet, seconds);
    record.waits.deferredTries += 1;
    for (const { at } of deferred()) record.members.change(at, { state: 'waiting' });
    await moveWave(fleet);
  }
  record.waits.deferredTries = 0;
  if (deferred().length === 0 || record.isEnding) return;
  for (const { at } of deferred()) record.members.change(at, STILL_BUSY);
  record.noteChange();
}

/** What a VM ends as that was busy at every try. */
export const STILL_BUSY = {
  state: 'skipped',
  failure: 'OperationInProgress',
  reason: 'still busy with another rebuild',
} as const satisfies MemberChange;

async function pause(fleet: Fleet, seconds: number): Promise<void> {
  const until = Date.now() + seconds * 1000;
  fleet.record.setBlocker({
    why: 'VMs that were busy with another rebuild are tried again',
    until: { what: 'the busy VMs are tried again', at: until },
  });
  while (Date.now() < until && !fleet.record.isEnding) await changeOr(fleet, until);
}

/** All waves are through: what is left are VMs that were busy, and held ones. A fleet does not end before them. */
export async function finish(fleet: Fleet): Promise<void> {
  const { record } = fleet;
  const isLeft = () => record.members.counts.inFlight > 0 || record.members.counts.of('deferred') > 0 || record.hasWork;
  while (isLeft()) {
    await moveDeferred(fleet);
    if (record.members.counts.inFlight > 0) await changeOr(fleet, null);
    await moveWave(fleet);
    if (record.isEnding && record.members.counts.inFlight === 0) return;
  }
}

/** The canary is there to be judged: with none of its VMs moved the fleet goes nowhere by itself. */
export async function judgeCanary(fleet: Fleet): Promise<void> {
  const { record, input } = fleet;
  if (record.wave > 0 || input.waves[0]?.name !== 'canary') return;
  await moveDeferred(fleet);
  if (record.isEnding || record.waits.isCanaryJudged || record.members.inState(['done'], 0).length > 0) return;
  record.waits.isCanaryJudged = true;
  record.pauseFor({ why: 'no VM of the canary was moved: `reimage fleet resume` goes on without', isForBudget: false });
  await resumed(fleet);
}

/**
 * Puts back what the fleet has moved, where the policy says so once the budget is exhausted: under the same limits of
 * unavailable VMs and in the same windows, without a budget of its own.
 */
export async function putBack(fleet: Fleet): Promise<void> {
  const { record, input } = fleet;
  if (record.goal === 'forward') {
    if (!isToPutBack(fleet)) return;
    await findMoved(fleet);
    if (!isToPutBack(fleet)) return;
    record.startRollback();
    record.enter(input.waves.length - 1);
  }
  await moveWave(fleet);
  await finish(fleet);
}

/** An abort may have come while the fleet looked. */
function isToPutBack({ record }: Fleet): boolean {
  return record.ending?.isRolledBack === true;
}

/**
 * Waits for the approval that the policy asks for before the wave. Nobody's approval in time counts as a refusal: the
 * fleet then ends.
 */
export async function passGate(fleet: Fleet): Promise<void> {
  const { record } = fleet;
  const name = gateOf(fleet);
  if (name === null || record.isGatePassed || record.ending !== null) return;
  // A run before may have waited at it already.
  if (record.gate === null) {
    record.waitAt({ name, deadline: Date.now() + fleet.input.rollout.approval.deadlineSeconds * 1000 });
    record.recordAct('gate', null, `waits for approval ${name}`);
  }
  const deadline = record.gate?.deadline ?? 0;
  while (record.gate !== null && Date.now() < deadline) await changeOr(fleet, deadline);
  if (record.gate === null) return;
  record.recordAct('gate-expired', null, `nobody approved ${name}`);
  record.end({
    type: 'FleetRejected',
    message: `Nobody approved ${name} before the deadline.`,
    now: false,
    isRolledBack: false,
  });
}

/** What is to be approved before the wave; null: nothing. */
function gateOf({ input, record: { wave } }: Fleet): string | null {
  const { afterCanary, beforeWaves } = input.rollout.approval;
  if (wave === 0) return null;
  const isAfterCanary = wave === 1 && input.waves[0]?.name === 'canary';
  if (isAfterCanary && afterCanary) return 'after the canary';
  return beforeWaves ? `before ${input.waves[wave]?.name ?? `wave ${wave + 1}`}` : null;
}
