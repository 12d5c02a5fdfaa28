import type { Held } from '../contracts/decision.js';
import { RebuildRequest } from '../contracts/rebuild-request.js';
import type { ClientContext } from './client-context.js';
import { heldFor } from './decide-rebuild.js';
import type { Operation } from './operation.js';
import { parseInput } from './parse-input.js';
import { readOperation, type RunOfVm } from './read-operation.js';
import { readRequest, type EarlierRequest } from './read-request.js';
import { failureOf, ReimageInvalidInputError, toReimageError, unreadableError } from './reimage-errors.js';
import { imagesToLeave, isOutcomeUnknown, wayBackOf, type Ended, type WayBack } from './rollback-image.js';
import type { RollbackOptions } from './rollback-options.js';
import { busyWith } from './start-rebuild.js';
import { withoutUndefined } from './without-undefined.js';

/** How a VM would be put back: by a decision on the rebuild that is held, or by a new rebuild after the last one. */
export type RollbackPlan = HeldRollback | NewRollback;

/** The rebuild under way is held, and would be told to roll back. */
export interface HeldRollback {
  readonly kind: 'decide';
  readonly operation: Operation;
  readonly held: Held;
}

/** A new rebuild would put the VM back. */
export interface NewRollback extends WayBack {
  readonly kind: 'rebuild';
  /** The rebuild that it undoes. */
  readonly operation: Ended;
  /** Its `onlyFromImages` are those that the VM may have now: with another one somebody has changed it since. */
  readonly request: RebuildRequest;
  /** Nobody knows whether the rebuild to be undone erased the disk: look at it first. */
  readonly outcomeUnknown: boolean;
}

/** Options that make no sense for a rebuild that is held: it goes back to what it knows, by the login it was asked with. */
const FOR_ENDED = [
  'to',
  'imageId',
  'fromImageId',
  'keyNames',
  'passwordRef',
  'imageInherit',
  'overrideProtection',
  'requestId',
] as const;

/**
 * Finds out how a VM would be put back; nothing is touched.
 * @throws ReimageBusyError when a rebuild is under way that is not held · ReimageNotFoundError when there is nothing to
 * roll back · ReimageError `ChangedUnderneath` when the run named is not the last one, `Unreadable` when what it did cannot
 * be decrypted here · ReimageInvalidInputError when `fromImageId` is needed · ReimageUnreachableError
 */
export async function planRollback(
  context: ClientContext,
  run: RunOfVm,
  options: RollbackOptions,
): Promise<RollbackPlan> {
  const { regionId, instanceId } = run;
  const operation = await readOperation(context, { regionId, instanceId });
  if (run.runId !== undefined && run.runId !== operation.runId) throw overtaken(operation);
  const { result, status, unreadable } = operation;
  if (status !== 'running' && unreadable !== undefined) throw unreadableError(operation.operationId, unreadable);
  if (result === null) return heldRollback(operation, options);
  return await newRollback(context, { ...operation, result }, options);
}

/** The new rebuild that would undo one that has ended. @throws as {@link planRollback} does of such a one */
export async function newRollback(context: ClientContext, last: Ended, options: RollbackOptions): Promise<NewRollback> {
  const wayBack = wayBackOf(last, options);
  const request = requestOf(last, wayBack, await readRequest(context, last), options);
  return { kind: 'rebuild', ...wayBack, operation: last, request, outcomeUnknown: isOutcomeUnknown(last.result) };
}

function heldRollback(operation: Operation, options: RollbackOptions): HeldRollback {
  if (operation.phase !== 'held') throw busyWith(operation);
  const held = heldFor(operation, 'rollback');
  const field = FOR_ENDED.find((name) => options[name] !== undefined);
  if (field === undefined) return { kind: 'decide', operation, held };
  const message = `Invalid input: ${field}: is for a rebuild that has ended; this one is held, and goes back to its backup or former image`;
  throw new ReimageInvalidInputError(message, field);
}

/** What is not named here is as the defaults are: a rollback makes no backup, and is left as it is when it fails. */
function requestOf(
  last: Ended,
  { imageId, from }: WayBack,
  earlier: EarlierRequest,
  options: RollbackOptions,
): RebuildRequest {
  const { regionId, instanceId, startedAt, result } = last;
  const { requestedBy, overrideProtection, requestId, reason = `rollback of the rebuild of ${startedAt}` } = options;
  const { before } = result.power;
  const written = {
    regionId,
    instanceId,
    imageId,
    ...loginOf(from, earlier, options),
    power: before === 'running' || before === 'stopped' ? before : 'as-was',
    healthChecks: earlier.healthChecks,
    onlyFromImages: imagesToLeave(last, options),
    overrideProtection,
    requestId,
    requestedBy,
    reason,
  };
  return parseInput(RebuildRequest, withoutUndefined(written));
}

/** A backup holds its own login; any other image gets the one that the earlier request gave. */
function loginOf(from: WayBack['from'], earlier: EarlierRequest, options: RollbackOptions): object {
  const { keyNames, passwordRef, imageInherit } = options;
  if (keyNames ?? passwordRef ?? imageInherit) return { keyNames, passwordRef, imageInherit };
  if (from === 'backup') return { imageInherit: 'yes' };
  const { healthChecks: _, ...login } = earlier;
  return login;
}

function overtaken({ instanceId, runId, startedAt }: Operation) {
  return toReimageError(
    failureOf(
      'ChangedUnderneath',
      `Another rebuild of ${instanceId} came after the one to be rolled back: run ${runId}, started ${startedAt}. Nothing was touched.`,
      'See with `reimage status` what it did, then ask again.',
    ),
  );
}
