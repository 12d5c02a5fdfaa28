import type { RollbackPlan } from '../plan-rollback.js';
import { oneLine } from './display-text.js';
import { renderHeld } from './render-held.js';

/** What a VM would be put back from and what is lost, for a person to confirm. */
export function renderRollback(plan: RollbackPlan, now: Date): string[] {
  if (plan.kind === 'decide')
    return heldLines(plan.operation.backupImageId, renderHeld(plan.operation, plan.held, now));
  const { operation, from, imageId, dataLost, outcomeUnknown, request } = plan;
  const { startedAt, requestedBy } = operation;
  const checks = request.healthChecks.length;
  return [
    `Rollback of the rebuild of ${startedAt}${requestedBy === null ? '' : `, for ${oneLine(requestedBy)}`}`,
    `  from    ${FROM[from]} ${imageId}`,
    `  LOST    ${dataLost ? ALL_LOST : LOST_SINCE}`,
    ...(outcomeUnknown ? [`  warning ${UNKNOWN}`] : []),
    `  health  ${checks === 0 ? 'no checks: status and image only' : `${checks} of the last rebuild's checks`}`,
  ];
}

const FROM = { backup: 'its backup', 'former-image': 'the former image', named: 'the image named,' } as const;
const ALL_LOST = 'everything on the system disk: it will be as fresh as after any rebuild';
const LOST_SINCE = 'what was written to the system disk since the backup';
const UNKNOWN =
  'nobody knows whether the last rebuild erased the disk: look at it in the console first, it may hold all of its data';

function heldLines(backupImageId: string | null, held: readonly string[]): string[] {
  const from = backupImageId === null ? FROM['former-image'] : `${FROM.backup} ${backupImageId}`;
  return [...held, `  from      ${from}`, `  LOST      ${backupImageId === null ? ALL_LOST : LOST_SINCE}`];
}
