import type { HealthAnswer } from '../../contracts/health-check.js';
import type { Failure, RebuildResult } from '../../contracts/rebuild-result.js';
import { oneLine } from './display-text.js';

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
  const { before, after, answersBefore, answersAfter, note } = health;
  if (before === 'unchecked' && after === 'unchecked') return [`  health    unchecked. ${oneLine(note ?? UNCHECKED)}`];
  const why = note === null ? '' : `; ${oneLine(note)}`;
  const sick = before === 'sick' ? answersBefore.filter(({ healthy }) => !healthy) : [];
  return [
    `  health    ${before} -> ${after}${why}`,
    ...sick.map((answer) => `    before  ${answerText(answer)}`),
    ...answersAfter.map((answer) => `    after   ${answerText(answer)}`),
  ];
}

function answerText({ check, healthy, answer }: HealthAnswer): string {
  return `${healthy ? 'good' : 'BAD'}  ${oneLine(check)}: ${oneLine(answer)}`;
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

function rollbackLine({ imageId, from, dataLost, outcome }: Rollback): string {
  const source = from === 'backup' ? 'backup' : 'former image';
  const lost = dataLost ? 'DATA LOST: what was on the system disk' : 'lost: only what was written since the backup';
  return `  rollback  ${outcome}: ${source} ${oneLine(imageId)}; ${lost}`;
}
