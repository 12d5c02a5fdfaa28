import type { VmRef } from '../contracts/ids.js';
import type { RebuildRequest } from '../contracts/rebuild-request.js';
import type { CallOptions, ClientContext } from './client-context.js';
import { decideRebuild } from './decide-rebuild.js';
import type { Operation } from './operation.js';
import { type NewRollback, planRollback } from './plan-rollback.js';
import { readOperation, type RunOfVm } from './read-operation.js';
import { refuseUnlessShown, type ShownRollback } from './rollback-as-shown.js';
import type { RollbackOptions } from './rollback-options.js';
import { refuseIfOtherRollback } from './same-rollback.js';
import { findByRequestId, startRebuild } from './start-rebuild.js';

/** Why a held rebuild is rolled back, where nobody says. */
const DEFAULT_REASON = 'asked to roll back';

export interface RollbackGuard extends CallOptions {
  /** The plan that somebody has agreed to: any other way back is refused as `ChangedUnderneath`. */
  readonly asShown?: ShownRollback;
}

/**
 * Puts a VM back: a held rebuild is told to, after one that has ended a new rebuild is started. Returns at once.
 * @throws what {@link planRollback} throws · ReimageError `ChangedUnderneath` when it is no longer as shown,
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
