import type { RebuildProgress } from '../../contracts/rebuild-progress.js';
import type { Operation } from '../operation.js';
import { formatBetween, oneLine } from './display-text.js';
import { renderChoices, renderWhyHeld } from './render-held.js';
import { stepText } from './render-progress.js';
import { renderResult } from './render-result.js';
import { renderTable } from './table.js';
import { unreadableLine, withUnreadable } from './render-unreadable.js';

/** One screen for `status`: where a rebuild is, or how it ended. */
export function renderOperation(operation: Operation, now: Date): string[] {
  const { operationId, runId, requestedBy, reason, requestId, startedAt, webUrl } = operation;
  return [
    ...(operation.result === null ? runningLines(operation, now) : renderResult(operation.result)),
    `  started   ${startedAt}${requestedBy === null ? '' : ` for ${oneLine(requestedBy)}`}`,
    ...(reason === null ? [] : [`  reason    ${oneLine(reason)}`]),
    ...(requestId === null ? [] : [`  request   ${oneLine(requestId)}`]),
    ...(operation.fleetId === undefined ? [] : [`  fleet     ${oneLine(operation.fleetId)}`]),
    ...(operation.unreadable === undefined ? [] : [`  ! ${oneLine(unreadableLine(operation.unreadable))}`]),
    ...(operation.rollbackOf === null ? [] : [`  rollback  of run ${operation.rollbackOf}`]),
    `  operation ${operationId}, run ${runId}`,
    ...(webUrl === undefined ? [] : [`  temporal  ${webUrl}`]),
  ];
}

/** The table of `list`. @param width - terminal cells that there are; by default as many as it takes */
export function renderList(operations: readonly Operation[], now: Date, width = Number.POSITIVE_INFINITY): string[] {
  if (operations.length === 0) return ['no rebuilds'];
  return renderTable(
    ['REGION', 'INSTANCE', 'STATUS', 'PHASE', 'IMAGE', 'STARTED', 'TOOK', 'REQUESTED BY'],
    operations.map(({ regionId, instanceId, status, phase, imageId, startedAt, finishedAt, requestedBy, ...rest }) => [
      regionId,
      instanceId,
      status,
      phase ?? '',
      imageId ?? '',
      startedAt,
      formatBetween(startedAt, finishedAt ?? now),
      withUnreadable(requestedBy ?? '', rest),
    ]),
    { width, dispensable: ['STARTED', 'IMAGE', 'REQUESTED BY'] },
  );
}

/** Where to look for what may be decided, one line for each that is held; a list itself does not know it. */
export function renderHeldHints(operations: readonly Operation[]): string[] {
  return operations
    .filter(({ phase, status }) => phase === 'held' && status === 'running')
    .map(
      ({ instanceId, regionId }) => `held: reimage status ${instanceId} --region ${regionId} tells what may be decided`,
    );
}

function runningLines(operation: Operation, now: Date): string[] {
  const { instanceId, regionId, status, phase, progress, note, startedAt, finishedAt, backupImageId } = operation;
  const where = phase ?? 'no worker has taken it up';
  return [
    `${status}: rebuild of ${instanceId} in ${regionId}, ${where}, ${formatBetween(startedAt, finishedAt ?? now)}`,
    ...(progress === null
      ? []
      : [
          `  phase     ${progress.phase} for ${formatBetween(progress.since, now)}`,
          ...(stepText(progress) ? [`  step      ${stepText(progress)}`] : []),
          ...nextLines(operation, progress, now),
          ...(progress.cancelRequestedAt === null ? [] : [`  cancel    asked for at ${progress.cancelRequestedAt}`]),
        ]),
    ...(backupImageId === null ? [] : [`  backup    ${oneLine(backupImageId)}`]),
    ...(note === null ? [] : [`  note      ${oneLine(note)}`]),
  ];
}

function nextLines(operation: Operation, { held, next }: RebuildProgress, now: Date): string[] {
  return held ? [...renderWhyHeld(held, now), ...renderChoices(operation, held)] : [`  next      ${oneLine(next)}`];
}
