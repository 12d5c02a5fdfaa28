import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ApplicationFailure, ChildWorkflowFailure, isCancellation, type TemporalFailure } from '@temporalio/workflow';
import type { FailureType } from '../../contracts/failures.js';
import type { Phase } from '../../contracts/rebuild-progress.js';
import { RebuildResult } from '../../contracts/rebuild-result.js';
import type { Member, MemberChange } from './members.js';

/** Longest text that is kept of one VM: ten thousand must fit into one payload. The whole stands in the VM's own result. */
const LONGEST_NOTE = 200;

/** What a rebuild that was done makes of a member. */
export function endedWith(member: Member, result: RebuildResult): MemberChange {
  const { power, warnings } = result;
  const isBack = member.goal === 'rollback';
  return {
    ...foundBy(member, result),
    state: isBack ? 'rolled-back' : 'done',
    isMoved: !isBack,
    isDown: power.after !== 'running',
    reason: warnings.length === 0 ? null : shorten(`${warnings.length} warnings: ${warnings[0]?.message ?? ''}`),
  };
}

/** Whether a rebuild was not started since another one of the VM is under way. */
export function isBusy(error: TemporalFailure): boolean {
  return error instanceof WorkflowExecutionAlreadyStartedError;
}

/** What the error that a rebuild ended with makes of a member. */
export function endedBy(member: Member, error: TemporalFailure): MemberChange {
  if (isBusy(error)) return busy(member);
  // How the VM was left stands in the memo of its rebuild; until it is seen again it counts as down.
  if (isCancellation(error)) return { state: 'cancelled', reason: 'its rebuild was cancelled', isDown: true };
  const cause = error instanceof ChildWorkflowFailure ? error.cause : error;
  return cause instanceof ApplicationFailure
    ? endedAs(member, cause)
    : lost(member, String(cause?.message ?? error.message));
}

function endedAs(member: Member, cause: ApplicationFailure): MemberChange {
  if (cause.type === 'Frozen' || cause.type === 'WindowClosed') return notBegun(member, cause.type);
  const told = RebuildResult.safeParse(cause.details?.[0]);
  if (!told.success) return { ...lost(member, cause.message), failure: cause.type ?? 'Unexpected' };
  const issues = told.data.failure?.issues ?? [];
  if (issues.some(({ code }) => code === 'already-rebuilt')) return ranBefore(member, cause.type, told.data);
  if (issues.some(({ code }) => code === 'image-changed')) return changedSince(member, told.data);
  if (issues.some(({ code }) => code === 'rebuilt-since')) return rebuiltSince(member, told.data);
  return failedWith(member, cause.type, told.data);
}

/** Type of the failure that a rebuild ended with; null where it ended without one of ours. */
export function failureTypeOf(error: TemporalFailure): string | null {
  const cause = error instanceof ChildWorkflowFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? (cause.type ?? null) : null;
}

/** Refusals of the account as a whole: no VM would have been taken. */
const OF_ACCOUNT: readonly string[] = ['CredentialsRefused', 'ClockSkewed'] satisfies FailureType[];

/**
 * What the end of a rebuild makes of a member that JD Cloud refused the account for, before the VM was touched: it waits
 * again, and the budget does not count it. Null where the rebuild ended otherwise.
 */
export function refusedUntouched(
  member: Member,
  error: TemporalFailure,
): { readonly change: MemberChange; readonly said: string } | null {
  const cause = error instanceof ChildWorkflowFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure) || !OF_ACCOUNT.includes(cause.type ?? '')) return null;
  const told = RebuildResult.safeParse(cause.details?.[0]);
  if (!told.success || !isUntouched(told.data)) return null;
  const reason = 'JD Cloud refused the account before the VM was touched';
  const said = told.data.failure?.message ?? cause.message;
  return { change: { ...asBefore(member), state: 'waiting', finishedAt: null, reason }, said };
}

/** Where anything may have been done, the power state was given back, or the run had come to the backup. */
function isUntouched({ timeline, apiCalls }: RebuildResult): boolean {
  return apiCalls.length === 0 && timeline.every(({ phase }) => BEFORE_TOUCH.includes(phase));
}

const BEFORE_TOUCH: readonly Phase[] = ['validating', 'stopping', 'failed'];

/** Refused for what is no fault of the VM's: nothing was erased, and it waits again. No attempt of ours. */
function notBegun(member: Member, type: 'Frozen' | 'WindowClosed'): MemberChange {
  const reason = type === 'Frozen' ? null : 'its maintenance window closed before it could begin';
  return { ...asBefore(member), state: 'waiting', finishedAt: null, reason };
}

/** Busy with another rebuild: no attempt of ours, and down for all we know. */
function busy(member: Member): MemberChange {
  const reason = 'busy: another rebuild of it is under way';
  return { ...asBefore(member), state: 'deferred', finishedAt: null, reason, isDown: true };
}

/**
 * The start that was no attempt is not told. That of an attempt before it is: by that whoever takes the fleet back
 * knows a VM that it may have moved.
 */
function asBefore({ attempts, startedAt }: Member): Pick<MemberChange, 'attempts' | 'startedAt'> {
  return { attempts: attempts - 1, startedAt: attempts > 1 ? startedAt : null };
}

/** Its rebuild ended without a word, as when somebody terminates it: nobody knows what was done to the VM. */
function lost({ isDown, powerFound }: Member, message: string): MemberChange {
  // The last look before its start is all that tells of its power: a later attempt is to give that back.
  const found = powerFound ?? (isDown ? null : 'running');
  const reason = shorten(`${message}; look at the VM`);
  return { state: 'failed', failure: 'Unexpected', reason, isDown: true, powerFound: found };
}

/**
 * The fleet was reset, and its run before had made this attempt already, or later ones: nothing was touched, and what
 * the VM is in now tells what came of them.
 */
function ranBefore(
  { goal, image }: Member,
  type: string | null | undefined,
  { imageAfter, power }: RebuildResult,
): MemberChange {
  const isDown = power.after !== 'running';
  if (imageAfter !== null && imageAfter !== image)
    return { state: 'rolled-back', isMoved: false, isDown, reason: 'put back before a reset' };
  if (imageAfter === image && goal === 'forward' && !isDown)
    return { state: 'done', isMoved: true, isDown, reason: 'rebuilt before a reset' };
  const reason = isDown
    ? 'rebuilt before a reset, and it does not run'
    : 'its way back before a reset did not end well';
  return { state: 'failed', failure: type ?? 'Unexpected', isMoved: true, isDown, reason };
}

/** Somebody else has put another image on the VM: it is left alone, and is no attempt of ours. */
function changedSince(member: Member, { imageAfter, power }: RebuildResult): MemberChange {
  const left = { ...asBefore(member), state: 'skipped', isDown: power.after !== 'running' } as const;
  const now = imageAfter ?? 'an unknown image';
  if (member.goal === 'rollback')
    return {
      ...left,
      isMoved: false,
      failure: 'ConcurrentChange',
      reason: `changed since it was moved: it has ${now}`,
    };
  if (imageAfter === member.image) return { ...left, reason: 'somebody else has put the image on since the plan' };
  const former = member.imageBefore ?? 'an unknown image';
  const reason = `changed since the plan: it had ${former}, and has ${now}`;
  return { ...left, failure: 'ConcurrentChange', reason: shorten(reason) };
}

/** Whoever kept it busy has rebuilt it meanwhile: it is not erased a second time, and is no attempt of ours. */
function rebuiltSince(member: Member, { imageAfter, power, failure }: RebuildResult): MemberChange {
  const left = { ...asBefore(member), state: 'skipped', isDown: power.after !== 'running' } as const;
  const reason = shorten(`rebuilt by another operation: ${failure?.message ?? ''}`);
  const isThere = member.goal === 'forward' && imageAfter === member.image;
  return isThere ? { ...left, reason } : { ...left, failure: 'ConcurrentChange', reason };
}

function failedWith(member: Member, type: string | null | undefined, result: RebuildResult): MemberChange {
  const { failure, power, imageAfter, imageBefore } = result;
  const isBack = type === 'RolledBack';
  const isBackOntoOurs = isBack && (member.isMoved || isOfEarlierAttempt(member, imageBefore));
  return {
    ...foundBy(member, result),
    state: isBack && !isBackOntoOurs ? 'rolled-back' : 'failed',
    failure: type ?? 'Unexpected',
    reason: shorten(`${isBackOntoOurs ? ONTO_OURS : ''}${failure?.message ?? ''}`),
    isDown: power.after !== 'running',
    // A way back that failed leaves it where it was, as far as anybody knows.
    isMoved: member.goal === 'rollback' ? member.isMoved : imageAfter === member.image,
  };
}

/** A rebuild puts back what it has found: of a VM that was moved before that is the new system. */
const ONTO_OURS = 'Put back onto a backup of what this fleet had put on before, and not onto what it had at first. ';

/** What the first rebuild of a VM has found and kept of it. Later ones find what we have made of it. */
function foundBy(member: Member, { power, imageBefore, backup }: RebuildResult): MemberChange {
  if (member.isMoved || member.goal === 'rollback') return {};
  const isPower = power.before === 'running' || power.before === 'stopped';
  const found = member.powerFound === null && isPower;
  return {
    ...(found && { powerFound: power.before === 'running' ? 'running' : 'stopped' }),
    ...(isOfEarlierAttempt(member, imageBefore) ? {} : systemFoundBy(member, { imageBefore, backup })),
  };
}

/** An attempt before, whose rebuild has told nothing, had put the image on: what was found is no way back. */
function isOfEarlierAttempt({ attempts, image, imageBefore }: Member, found: string | null): boolean {
  return attempts > 1 && found === image && imageBefore !== image;
}

function systemFoundBy(
  member: Member,
  { imageBefore, backup }: Pick<RebuildResult, 'imageBefore' | 'backup'>,
): MemberChange {
  return {
    ...(imageBefore !== null && imageBefore !== member.imageBefore && { imageFound: imageBefore }),
    ...(backup && { backupImageId: backup.imageId }),
  };
}

/** As much of a text as is kept of one VM. */
export function shorten(text: string): string {
  return text.length <= LONGEST_NOTE ? text : `${text.slice(0, LONGEST_NOTE - 1)}…`;
}
