import type { HealthCheckResult } from '../../../contracts/health-check.js';
import type { Failure, RebuildResult } from '../../../contracts/rebuild-result.js';
import type { HeldRollback, RollbackPlan } from '../../rebuilds/plan-rollback.js';
import type { Io } from '../io/deps.js';
import { oneLine } from '../io/text.js';
import { renderWhyHeld } from './held.js';

const UNCHECKED = 'Status and image are all that was looked at.';

type Rollback = NonNullable<RebuildResult['rollbacks']>[number];

/** What was kept, how healthy the VM is, what went wrong before the end, who decided and what was put back; one line each, where there was any. */
export function renderWayBack(result: RebuildResult): string[] {
  return [
    ...backupLines(result),
    ...healthLines(result),
    ...earlierFailures(result).map(({ type, message }, index) => `  wrong ${index + 1}   ${type}: ${oneLine(message)}`),
    ...decisionLines(result),
    ...(result.rollbacks ?? []).map(rollbackLine),
  ];
}

function backupLines({ backup }: RebuildResult): string[] {
  if (!backup) return [];
  const { imageId, name, status, dataDisks, pruned } = backup;
  const parts = [
    `${imageId} "${oneLine(name)}" ${oneLine(status)}`,
    ...(dataDisks ? ['with cloud data disks'] : []),
    ...(pruned.length > 0 ? [`older ones deleted: ${pruned.join(', ')}`] : []),
  ];
  return [`  backup    ${parts.join('; ')}`];
}

function healthLines({ health }: RebuildResult): string[] {
  if (health === undefined) return [];
  const { before, after, resultsBefore, resultsAfter, reason } = health;
  if (before === 'unchecked' && after === 'unchecked')
    return [`  health    unchecked. ${oneLine(reason ?? UNCHECKED)}`];
  const why = reason === null ? '' : `; ${oneLine(reason)}`;
  const sick = before === 'unhealthy' ? resultsBefore.filter(({ healthy }) => !healthy) : [];
  return [
    `  health    ${before} -> ${after}${why}`,
    ...sick.map((answer) => `    before  ${answerText(answer)}`),
    ...resultsAfter.map((answer) => `    after   ${answerText(answer)}`),
  ];
}

function answerText({ check, healthy, message }: HealthCheckResult): string {
  return `${healthy ? 'good' : 'BAD'}  ${oneLine(check)}: ${oneLine(message)}`;
}

/** All that went wrong, but for the failure that is told at the end anyway. */
function earlierFailures({ failures = [], failure }: RebuildResult): readonly Failure[] {
  const last = failures.at(-1);
  const isToldAgain = last !== undefined && last.type === failure?.type && last.message === failure.message;
  return isToldAgain ? failures.slice(0, -1) : failures;
}

function decisionLines({ decisions = [] }: RebuildResult): string[] {
  return decisions.map(({ decision, reason, by, at }) => {
    const who = by === null ? 'unattended' : `by ${oneLine(by)}`;
    return `  decided   ${decision}, ${who}, at ${at}: ${oneLine(reason)}`;
  });
}

function rollbackLine({ imageId, source, dataLost, outcome }: Rollback): string {
  const from = source === 'backup' ? 'backup' : 'former image';
  const lost = dataLost ? 'DATA LOST: what was on the system disk' : 'lost: only what was written since the backup';
  return `  rollback  ${outcome}: ${from} ${oneLine(imageId)}; ${lost}`;
}

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
    ...(held.failure.type === 'RebuildOutcomeUnknown' ? [`  warning   ${UNKNOWN}`] : []),
  ];
}

function checksText(count: number): string {
  if (count === 0) return 'no checks: status and image only';
  return `${count} ${count === 1 ? 'check' : 'checks'}, as in the last rebuild`;
}

/** What will be gone, as plans and ways back begin such a line. */
const LOSS = /^ {2}(ERASED|LOST) /;

/** The same within a line: of a VM among many, or of what was lost. */
const LOSS_WITHIN = /! erases system disk|DATA LOST/;

/** Writes lines to stdout or stderr, what tells of a loss in red. */
export function showingLoss(
  io: Pick<Io, 'out' | 'err' | 'colour' | 'colourOut'>,
  to: 'out' | 'err',
): (line: string) => void {
  const colour = to === 'out' ? io.colourOut : io.colour;
  const shown = (line: string) =>
    LOSS.test(line) ? colour('red', line) : line.replace(LOSS_WITHIN, (loss) => colour('red', loss));
  return (line) => io[to](shown(line));
}
