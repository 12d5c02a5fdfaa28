import type { RebuildProgress } from '../../../contracts/rebuild-progress.js';
import type { Failure, RebuildResult } from '../../../contracts/rebuild-result.js';
import { type TaskFailure, taskFailureText, type Unreadable, unreadableText } from '../../../contracts/task-failure.js';
import type { Operation } from '../../rebuilds/operation.js';
import { formatBetween, oneLine, padToWidth, renderTable } from '../io/text.js';
import { renderChoices, renderWhyHeld } from './held.js';
import { renderIssues } from './plan.js';
import { stepText } from './progress.js';
import { renderWayBack } from './recovery.js';

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

/** How a rebuild ended, for a person: outcome, image, power, phases, and what to do when it failed. */
export function renderResult(result: RebuildResult): string[] {
  const { outcome, instanceId, regionId, startedAt, finishedAt, imageBefore, imageAfter, power, failure } = result;
  return [
    `${outcome}: rebuild of ${instanceId} in ${regionId}, ${formatBetween(startedAt, finishedAt)}`,
    `  image     ${imageBefore ?? 'unknown'} -> ${imageAfter ?? 'unknown'}`,
    `  power     ${power.before ?? 'unknown'} -> ${power.after ?? 'unknown'}`,
    ...renderWayBack(result),
    ...phaseLines(result),
    ...(repeats(result).length > 0 ? [`  repeated  ${repeats(result).join(', ')}`] : []),
    ...result.apiCalls.map(
      ({ operation, requestId }) => `  call      ${padToWidth(operation, 16)} request id ${oneLine(requestId)}`,
    ),
    ...result.warnings.map(({ message }) => `  warning   ${oneLine(message)}`),
    ...(failure === undefined ? [] : renderFailure(failure).map((line) => `  ${line}`)),
  ];
}

/**
 * Why something ended, and what to do: type and message, all issues, the state of the VM, the next step.
 * @param problems - what the message lists, to be told one a line instead
 */
export function renderFailure(failure: Failure, problems: readonly string[] = []): string[] {
  const { type, message, requestId, state, next, issues } = failure;
  const vm = state === null ? '' : `status ${state.status ?? 'unknown'}, image ${state.imageId ?? 'unknown'}`;
  const seen = state?.observedAt ? `, seen ${state.observedAt}` : '';
  return [
    `${type}: ${oneLine(problems[0] === undefined ? message : message.slice(0, message.indexOf(problems[0])).trim())}`,
    ...problems.map(oneLine),
    ...renderIssues(issues ?? []),
    ...(requestId === null ? [] : [`request id: ${oneLine(requestId)}`]),
    ...(vm ? [`VM: ${oneLine(vm)}${seen}`] : []),
    `next: ${oneLine(next)}`,
  ];
}

function phaseLines({ timeline }: RebuildResult): string[] {
  const spans = timeline.flatMap(({ phase, startedAt, finishedAt }) =>
    finishedAt === null ? [] : [`${phase} ${formatBetween(startedAt, finishedAt)}`],
  );
  return spans.length > 0 ? [`  phases    ${spans.join(', ')}`] : [];
}

function repeats({ attempts }: RebuildResult): string[] {
  return Object.entries(attempts).flatMap(([step, count]) => (count > 1 ? [`${step} ${count} attempts`] : []));
}

/** What does not go on since its workflow task fails, below a table that has no room for why; no line for what goes on. */
export function stuckLines(name: string, taskFailure: TaskFailure | undefined): string[] {
  return taskFailure === undefined ? [] : [`stuck: ${oneLine(name)}: ${oneLine(taskFailureText(taskFailure))}`];
}

/** A cell of a table, with the word for what of its row cannot be decrypted here. */
export function withUnreadable(text: string, { unreadable }: { readonly unreadable?: Unreadable | undefined }): string {
  if (unreadable === undefined) return text;
  return [text, unreadableText(unreadable)].filter((part) => part !== '').join(', ');
}

/** The line of a screen that tells what of it cannot be decrypted here, and why. */
export function unreadableLine({ keyId, message }: Unreadable): string {
  return `${unreadableText({ keyId, message })}: ${message}`;
}
