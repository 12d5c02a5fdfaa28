import type { Held } from '../../contracts/decision.js';
import type { VmRef } from '../../contracts/ids.js';
import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import type { CallOptions, ClientContext } from '../connection/context.js';
import { failureOf, ReimageNotFoundError, toReimageError } from '../connection/errors.js';
import { decideRebuild } from './decide.js';
import type { Operation } from './operation.js';
import {
  type Ended,
  type NewRollback,
  newRollback,
  planRollback,
  type RollbackOptions,
  type RollbackPlan,
} from './plan-rollback.js';
import { readOperation, type RunOfVm } from './read.js';
import { differences, MAY_DIFFER, readEarlier, reused } from './same-request.js';
import { findByRequestId, startRebuild } from './start.js';

/** Why a held rebuild is rolled back, where nobody says. */
const DEFAULT_REASON = 'asked to roll back';

export interface RollbackGuard extends CallOptions {
  /** The plan that somebody has agreed to: any other way back is refused as `ConcurrentChange`. */
  readonly asShown?: ShownRollback;
}

/**
 * Puts a VM back: a held rebuild is told to, after one that has ended a new rebuild is started. Returns at once.
 * @throws what {@link planRollback} throws · ReimageError `ConcurrentChange` when it is no longer as shown,
 * `DecisionRefused` when somebody else decided first, `RequestIdReused` when the request id has started something else
 */
export async function rollbackRebuild(
  context: ClientContext,
  run: RunOfVm,
  options: RollbackOptions,
  { asShown }: RollbackGuard = {},
): Promise<Operation> {
  const { requestId, requestedBy: by, reason = DEFAULT_REASON } = options;
  const known = requestId === undefined ? null : await findSameRollback(context, run, requestId, options);
  if (known !== null) return known;
  const plan = await planRollback(context, run, options);
  if (asShown !== undefined) refuseUnlessShown(asShown, plan);
  if (plan.kind === 'rebuild') {
    return await startRebuild(context, requestAsShown(plan, asShown), { rollbackOf: plan.operation.runId });
  }
  await decideRebuild(context, plan.operation, { decision: 'rollback', reason, by, heldSince: plan.held.since });
  return await readOperation(context, plan.operation);
}

/**
 * The rollback that these options have started before under this id; null when there is none.
 * @throws ReimageError `RequestIdReused` when the id has started something else · ReimageUnreachableError
 */
export async function findSameRollback(
  context: ClientContext,
  vm: VmRef,
  requestId: string,
  options: RollbackOptions,
): Promise<Operation | null> {
  const known = await findByRequestId(context, vm, requestId);
  if (known !== null) await refuseIfOtherRollback(context, known, options);
  return known;
}

/** Of the images that the VM may have, only the one that it was shown with is erased. */
function requestAsShown({ request }: NewRollback, asShown: ShownRollback | undefined): RebuildRequest {
  if (asShown?.kind !== 'rebuild' || asShown.presentImageId === undefined) return request;
  return { ...request, onlyFromImages: [asShown.presentImageId] };
}

/** What somebody was shown, and agreed to, before a rollback. A {@link RollbackPlan} fits. */
export type ShownRollback =
  | {
      readonly kind: 'decide';
      readonly operation: Pick<Operation, 'runId' | 'backupImageId'>;
      readonly held: Pick<Held, 'since'>;
    }
  | (Pick<NewRollback, 'kind' | 'imageId' | 'from'> & {
      readonly operation: Pick<Operation, 'runId'>;
      /** The image that the VM had when it was shown, as a dry run of the plan's request tells: it must have it still. */
      readonly presentImageId?: string;
    });

/**
 * Refuses a way back that is another one than was shown: another run or hold, another image, a VM with an image that it
 * may not lose, or a new rebuild where a decision was shown.
 * @throws ReimageError `ConcurrentChange`
 */
export function refuseUnlessShown(shown: ShownRollback, plan: RollbackPlan): void {
  const [then, now] = [describeWay(shown), describeWay(plan)];
  if (then !== now) throw changed(`The way back is no longer the one that was shown: then ${then}; now ${now}.`);
  if (shown.kind === 'decide' || plan.kind === 'decide' || shown.presentImageId === undefined) return;
  const mayLeave = plan.request.onlyFromImages ?? [shown.presentImageId];
  if (mayLeave.includes(shown.presentImageId)) return;
  throw changed(
    `The VM was shown with image ${shown.presentImageId}; this rollback erases ${mayLeave.join(' or ')} only.`,
  );
}

function changed(what: string): Error {
  const next = 'See with `reimage status` what has happened meanwhile, then try again.';
  return toReimageError(failureOf('ConcurrentChange', `${what} Nothing was touched.`, next));
}

/** All that makes one way back another one: two are the same when these texts are. */
function describeWay(way: ShownRollback): string {
  const { runId } = way.operation;
  if (way.kind === 'rebuild') return `a new rebuild after run ${runId}, onto ${way.imageId} (${way.from})`;
  const { operation, held } = way;
  return `a decision on run ${runId}, held since ${held.since}, onto ${operation.backupImageId ?? 'its former image'}`;
}

/** What of its options a rollback takes into its request as it is. */
const TAKEN = ['imageId', 'keyNames', 'passwordRef', 'imageInherit', 'overrideProtection'] as const;

/**
 * Refuses a rollback whose request id has started something else.
 * @param known - what the id has started
 * @throws ReimageError `RequestIdReused` naming what differs, `Unexpected` when it cannot be read · ReimageUnreachableError
 */
export async function refuseIfOtherRollback(
  context: ClientContext,
  known: Operation,
  options: RollbackOptions,
): Promise<void> {
  if (known.rollbackOf === null) throw reused(known, ['that was a rebuild, and this is a rollback']);
  const earlier = await readEarlier(context, known);
  if (earlier === null) return;
  const undone = await readUndone(context, known, known.rollbackOf);
  const differ =
    undone === null
      ? differences(askedIn(earlier, options), askedIn(options, options), [])
      : differences(earlier, (await newRollback(context, undone, options)).request, mayDiffer(options));
  if (differ.length > 0) throw reused(known, differ);
}

/** Which images it may erase the world has told then, unless the caller does. */
function mayDiffer({ fromImageId }: RollbackOptions): readonly string[] {
  return fromImageId === undefined ? [...MAY_DIFFER, 'onlyFromImages'] : MAY_DIFFER;
}

/** The rebuild that was undone; null where the namespace knows it no more, and so cannot tell what the rollback came to. */
async function readUndone(context: ClientContext, known: Operation, runId: string): Promise<Ended | null> {
  const { regionId, instanceId } = known;
  try {
    const operation = await readOperation(context, { regionId, instanceId, runId });
    return operation.result === null ? null : { ...operation, result: operation.result };
  } catch (error) {
    if (error instanceof ReimageNotFoundError) return null;
    throw error;
  }
}

function askedIn(from: RebuildRequest | RollbackOptions, options: RollbackOptions): Readonly<Record<string, unknown>> {
  const asked = TAKEN.filter((name) => options[name] !== undefined);
  return Object.fromEntries(asked.map((name) => [name, from[name]]));
}
