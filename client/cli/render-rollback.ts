import type { HeldRollback, RollbackPlan } from '../plan-rollback.js';
import { oneLine } from './display-text.js';
import { renderWhyHeld } from './render-held.js';

/** What a VM would be put back from and what is lost, for a person to confirm. */
export function renderRollback(plan: RollbackPlan, now: Date): string[] {
  if (plan.kind === 'decide') return renderHeldRollback(plan, now);
  const { operation, from, imageId, dataLost, outcomeUnknown, request } = plan;
  const { startedAt, requestedBy } = operation;
  return [
    `Rollback of the rebuild of ${startedAt}${requestedBy === null ? '' : `, for ${oneLine(requestedBy)}`}`,
    `  from    ${FROM[from]} ${imageId}`,
    `  LOST    ${dataLost ? ALL_LOST : LOST_SINCE}`,
    `  only    while it has ${(request.onlyFromImages ?? ['any image']).join(' or ')}: another image is somebody else's`,
    ...(outcomeUnknown ? [`  warning ${UNKNOWN}`] : []),
    `  health  ${checksText(request.healthChecks.length)}`,
  ];
}

const FROM = { backup: 'its backup', 'former-image': 'the former image', named: 'the image named,' } as const;
const ALL_LOST = 'everything on the system disk: it will be as fresh as after any rebuild';
const LOST_SINCE = 'what was written to the system disk since the backup';
const UNKNOWN =
  'nobody knows whether the last rebuild erased the disk: look at it in the console first, it may hold all of its data';

/** What a held rebuild would be put back from and what is lost. */
export function renderHeldRollback({ operation, held }: Pick<HeldRollback, 'operation' | 'held'>, now: Date): string[] {
  const { backupImageId } = operation;
  const from = backupImageId === null ? FROM['former-image'] : `${FROM.backup} ${oneLine(backupImageId)}`;
  return [
    ...renderWhyHeld(held, now),
    `  from      ${from}`,
    `  LOST      ${backupImageId === null ? ALL_LOST : LOST_SINCE}`,
    ...(held.why.type === 'RebuildOutcomeUnknown' ? [`  warning   ${UNKNOWN}`] : []),
  ];
}

function checksText(count: number): string {
  if (count === 0) return 'no checks: status and image only';
  return `${count} ${count === 1 ? 'check' : 'checks'}, as in the last rebuild`;
}
