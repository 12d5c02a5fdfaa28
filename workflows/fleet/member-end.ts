import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ApplicationFailure, ChildWorkflowFailure, isCancellation, type TemporalFailure } from '@temporalio/workflow';
import { RebuildResult } from '../../contracts/rebuild-result.js';
import type { Member, MemberChange } from './members.js';

/** Longest text that is kept of one VM: ten thousand must fit into one payload. The whole stands in the VM's own result. */
const LONGEST_NOTE = 200;

/** What a rebuild that was done makes of a member. */
export function endedWith({ goal }: Member, { power, backup, warnings }: RebuildResult): MemberChange {
  const isBack = goal === 'back';
  return {
    state: isBack ? 'rolled-back' : 'done',
    isMoved: !isBack,
    isDown: power.after !== 'running',
    note: warnings.length === 0 ? null : shorten(`${warnings.length} warnings: ${warnings[0]?.message ?? ''}`),
    ...(!isBack && { backupImageId: backup?.imageId ?? null }),
  };
}

/** What the error that a rebuild ended with makes of a member. */
export function endedBy(member: Member, error: TemporalFailure): MemberChange {
  if (error instanceof WorkflowExecutionAlreadyStartedError)
    return { state: 'deferred', startedAt: null, finishedAt: null, note: 'busy: another rebuild of it is under way' };
  // How the VM was left stands in the memo of its rebuild; until it is seen again it counts as down.
  if (isCancellation(error)) return { state: 'cancelled', note: 'cancelled with its fleet', isDown: true };
  const cause = error instanceof ChildWorkflowFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure))
    return {
      state: 'failed',
      failure: 'Unexpected',
      note: shorten(String(cause?.message ?? error.message)),
      isDown: true,
    };
  if (cause.type === 'Frozen') return { state: 'waiting', startedAt: null, finishedAt: null };
  return { ...failedBy(member, cause), failure: cause.type ?? 'Unexpected' };
}

function failedBy({ image, goal }: Member, cause: ApplicationFailure): MemberChange {
  const told = RebuildResult.safeParse(cause.details?.[0]);
  if (!told.success) return { state: 'failed', note: shorten(cause.message), isDown: true };
  const { failure, power, imageAfter, backup } = told.data;
  return {
    state: cause.type === 'RolledBack' ? 'rolled-back' : 'failed',
    note: shorten(failure?.message ?? cause.message),
    isDown: power.after !== 'running',
    isMoved: goal === 'forward' && imageAfter === image,
    ...(backup && { backupImageId: backup.imageId }),
  };
}

function shorten(text: string): string {
  return text.length <= LONGEST_NOTE ? text : `${text.slice(0, LONGEST_NOTE - 1)}…`;
}
