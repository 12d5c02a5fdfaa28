import * as z from 'zod';
import { type Held, ROLLBACK_SOURCES } from '../../contracts/decision.js';
import type { Phase } from '../../contracts/rebuild-progress.js';
import { RebuildRequest } from '../../contracts/rebuild-request.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import type { ClientContext } from '../connection/context.js';
import {
  failureOf,
  type ReimageError,
  ReimageInvalidInputError,
  toReimageError,
  unreadableError,
} from '../connection/errors.js';
import { parseInput, withoutUndefined } from '../connection/parse-input.js';
import { heldFor } from './decide.js';
import type { Operation } from './operation.js';
import { readOperation, type RunOfVm } from './read.js';
import { readInput } from './same-request.js';
import { busyWith } from './start.js';

/** How a VM would be put back: by a decision on the rebuild that is held, or by a new rebuild after the last one. */
export type RollbackPlan = HeldRollback | NewRollback;

/** The rebuild under way is held, and would be told to roll back. */
export interface HeldRollback {
  readonly kind: 'decide';
  readonly operation: Operation;
  readonly held: Held;
}

/** A new rebuild would put the VM back. */
export interface NewRollback extends RollbackSource {
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
 * roll back · ReimageError `ConcurrentChange` when the run named is not the last one, `Unreadable` when what it did cannot
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
  const wayBack = rollbackSourceOf(last, options);
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
  { imageId, from }: RollbackSource,
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
function loginOf(from: RollbackSource['from'], earlier: EarlierRequest, options: RollbackOptions): object {
  const { keyNames, passwordRef, imageInherit } = options;
  if (keyNames ?? passwordRef ?? imageInherit) return { keyNames, passwordRef, imageInherit };
  if (from === 'backup') return { imageInherit: 'yes' };
  const { healthChecks: _, ...login } = earlier;
  return login;
}

function overtaken({ instanceId, runId, startedAt }: Operation) {
  return toReimageError(
    failureOf(
      'ConcurrentChange',
      `Another rebuild of ${instanceId} came after the one to be rolled back: run ${runId}, started ${startedAt}. Nothing was touched.`,
      'See with `reimage status` what it did, then try again.',
    ),
  );
}

const { shape } = RebuildRequest;

/** What a rollback takes over from the request that it undoes. What else stands in that request is not looked at. */
const EarlierRequest = z.object({
  keyNames: shape.keyNames,
  passwordRef: shape.passwordRef,
  passWordAuth: shape.passWordAuth,
  imageInherit: shape.imageInherit,
  healthChecks: shape.healthChecks,
});
export type EarlierRequest = z.output<typeof EarlierRequest>;

/**
 * Reads what a rebuild was asked to do, from the first event of its history.
 * @throws ReimageError `Unexpected` when it cannot be read · ReimageUnreachableError
 */
export async function readRequest(
  context: ClientContext,
  { operationId, runId }: Pick<Operation, 'operationId' | 'runId'>,
): Promise<EarlierRequest> {
  const request = EarlierRequest.safeParse(await readInput(context, { operationId, runId }));
  if (request.success) return request.data;
  const message = `This version of Reimage cannot read what run ${runId} of ${operationId} was asked to do.`;
  throw toReimageError(failureOf('Unexpected', message, 'Use the version of Reimage that asked for it.'));
}

/** What a VM is put back onto. */
export interface RollbackSource {
  readonly imageId: string;
  /** `named`: the caller chose the image. */
  readonly from: (typeof ROLLBACK_SOURCES)[number] | 'named';
  /** Whether all that was on the system disk is lost. With a backup it is what was written since that is. */
  readonly dataLost: boolean;
}

/** An operation that has ended. */
export type Ended = Operation & { readonly result: RebuildResult };

/** Phases that a rebuild enters only once the rebuild call has landed. */
const AFTER_THE_ERASE: readonly Phase[] = ['starting', 'verifying', 'held', 'rolling-back', 'done'];

/**
 * The image that the last rebuild of a VM is undone with.
 * @throws ReimageNotFoundError `OperationNotFound` when there is nothing to undo, or nothing to undo it with
 */
export function rollbackSourceOf(
  last: Ended,
  { to, imageId }: Pick<RollbackOptions, 'to' | 'imageId'>,
): RollbackSource {
  const { result } = last;
  const backup = result.backup?.imageId ?? last.backupImageId;
  if (imageId !== undefined) {
    return imageId === backup ? fromBackup(backup) : { imageId, from: 'named', dataLost: true };
  }
  const why = whyNothingToUndo(last);
  if (why !== null) throw nothing(last, why);
  if (backup !== null && to !== 'former-image') return fromBackup(backup);
  if (to === 'backup') throw nothing(last, 'the last rebuild made no backup');
  const former = result.imageBefore;
  if (former === null) throw nothing(last, 'nothing tells which image it had before');
  if (former !== last.imageId) return { imageId: former, from: 'former-image', dataLost: true };
  throw nothing(last, `it has no backup, and to erase it once more for ${former}, which is on it, would mend nothing`);
}

/**
 * The images that the VM may have for this rollback to erase it: those that the last rebuild has put on, and, where it may
 * have erased nothing, the one before. Any other was put on by somebody else, and is theirs unless the caller names it.
 * @throws ReimageInvalidInputError when nothing tells which they are, and none is named
 */
export function imagesToLeave(
  { imageId, result }: Ended,
  { fromImageId }: Pick<RollbackOptions, 'fromImageId'>,
): [string, ...string[]] {
  if (fromImageId !== undefined) return [fromImageId];
  const { imageBefore, imageAfter, rollbacks = [] } = result;
  const mayBeUntouched = imageAfter === null || imageAfter === imageBefore || isOutcomeUnknown(result);
  const known = [imageId, ...rollbacks.map((each) => each.imageId), mayBeUntouched ? imageBefore : null];
  const [first, ...others] = new Set(known.filter((id) => id !== null));
  if (first !== undefined) return [first, ...others];
  const message =
    'Invalid input: fromImageId: nothing tells which image the last rebuild put on; name the one that the VM has now';
  throw new ReimageInvalidInputError(message, 'fromImageId');
}

function whyNothingToUndo({ result, rollbackOf, imageId }: Ended): string | null {
  if (rollbackOf !== null) return `the last rebuild was a rollback itself, onto ${imageId ?? 'an unknown image'}`;
  if (result.rollbacks?.at(-1)?.outcome === 'done') return 'the last rebuild has put it back already';
  return isUntouched(result) ? 'the last rebuild ended before its rebuild call, so that nothing was erased' : null;
}

/** Whether nobody knows if the rebuild call landed: the disk may be the old one, and whole. */
export function isOutcomeUnknown({ failure, failures = [] }: RebuildResult): boolean {
  return [failure, ...failures].some((each) => each?.type === 'RebuildOutcomeUnknown');
}

/** Whether the result shows that the system disk is the old one. A run that ended without a word shows nothing. */
function isUntouched(result: RebuildResult): boolean {
  const { outcome, imageBefore, imageAfter, power, apiCalls, timeline } = result;
  if (outcome === 'done' || imageBefore === null || imageBefore !== imageAfter || isOutcomeUnknown(result))
    return false;
  const wasErased =
    power.after === 'rebuilding' ||
    apiCalls.some(({ operation }) => operation === 'rebuildInstance') ||
    timeline.some(({ phase }) => AFTER_THE_ERASE.includes(phase));
  return !wasErased;
}

function fromBackup(imageId: string): RollbackSource {
  return { imageId, from: 'backup', dataLost: false };
}

function nothing({ instanceId }: Operation, why: string): ReimageError {
  return toReimageError(
    failureOf(
      'OperationNotFound',
      `Nothing to roll back on ${instanceId}: ${why}.`,
      'Nothing. To put an image on all the same, name it (imageId, or --image).',
    ),
  );
}

const { imageId, keyNames, passwordRef, imageInherit, overrideProtection, requestId, reason, requestedBy } =
  RebuildRequest.shape;

/**
 * How a VM is put back. Without `to` and `imageId` it gets its backup, and where there is none its former image.
 * Only `requestedBy` and `reason` apply to a rebuild that is held: that one goes back to what it knows.
 */
export const RollbackOptions = z
  .strictObject({
    requestedBy: requestedBy.unwrap().meta({ description: 'Who asks; stands in the result' }),
    reason,
    to: z
      .enum(ROLLBACK_SOURCES)
      .optional()
      .meta({ description: 'Only this; absent: the backup, else the former image' }),
    imageId: imageId.unwrap().optional().meta({ description: 'This image, whatever the last rebuild was' }),
    fromImageId: imageId.unwrap().optional().meta({
      description: 'The image that the VM has now and may lose, where that is none that the last rebuild put on',
    }),
    keyNames,
    passwordRef,
    imageInherit,
    overrideProtection,
    requestId,
  })
  .refine(({ to, imageId: named }) => to === undefined || named === undefined, {
    path: ['to'],
    message: 'cannot be said together with imageId',
  });
export type RollbackOptions = z.output<typeof RollbackOptions>;
export type RollbackOptionsInput = z.input<typeof RollbackOptions>;
