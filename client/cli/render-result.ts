import type { Failure, RebuildResult } from '../../contracts/rebuild-result.js';
import { formatBetween, oneLine, padToWidth } from './display-text.js';
import { renderMisfits } from './render-plan.js';
import { renderWayBack } from './render-way-back.js';

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
 * Why something ended, and what to do: type and message, all misfits, the state of the VM, the next step.
 * @param problems - what the message lists, to be told one a line instead
 */
export function renderFailure(failure: Failure, problems: readonly string[] = []): string[] {
  const { type, message, requestId, state, next, misfits } = failure;
  const vm = state === null ? '' : `status ${state.status ?? 'unknown'}, image ${state.imageId ?? 'unknown'}`;
  const seen = state?.observedAt ? `, seen ${state.observedAt}` : '';
  return [
    `${type}: ${oneLine(problems[0] === undefined ? message : message.slice(0, message.indexOf(problems[0])).trim())}`,
    ...problems.map(oneLine),
    ...renderMisfits(misfits ?? []),
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
