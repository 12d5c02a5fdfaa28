import * as z from 'zod';
import { RegionId } from '../../contracts/ids.js';
import { WORKFLOW } from '../../contracts/names.js';
import { Phase } from '../../contracts/rebuild-progress.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { taskFailureText } from '../../contracts/task-failure.js';
import { describeRunOrNull, inTurns, listRuns } from '../../temporal/namespace/runs.js';
import { readTaskFailure } from '../../temporal/namespace/task-failure.js';
import { callTemporal, type ClientContext } from '../connection/context.js';
import { quote } from '../connection/visibility-query.js';
import { type Operation, operationFromInfo } from './operation.js';

/** Which rebuilds to list. What is left out does not narrow the list. */
export const ListQuery = z.strictObject({
  regionId: RegionId.optional(),
  phase: Phase.optional(),
  /** True: only those under way; false: only those that have ended. */
  running: z.boolean().optional(),
  limit: z.int().min(1).max(1000).default(50),
});
export type ListQuery = z.output<typeof ListQuery>;
export type ListQueryInput = z.input<typeof ListQuery>;

/**
 * Lists rebuilds from Temporal's index, which lags by a moment: without progress and results, in the order that the
 * server gives. Of those under way it says whether their workflow task fails, by a call for each.
 * @throws ReimageUnreachableError
 */
export async function listOperations(context: ClientContext, list: ListQuery): Promise<Operation[]> {
  const query = filterOf(list);
  const listed = await callTemporal(context, async () => {
    const operations: Operation[] = [];
    for await (const info of listRuns(context.client, { query, pageSize: Math.min(list.limit, 200) })) {
      const operation = operationFromInfo(info, context);
      if (operation !== null) operations.push(operation);
      if (operations.length >= list.limit) break;
    }
    return operations;
  });
  return await withTaskFailures(context, listed, ({ status }) => status === 'running');
}

/** Temporal's list filter of a query. */
export function filterOf({ regionId, phase, running }: ListQuery): string {
  return [
    `WorkflowType = ${quote(WORKFLOW.rebuildInstance)}`,
    ...(regionId === undefined ? [] : [`${SEARCH_ATTRIBUTE.region.name} = ${quote(regionId)}`]),
    ...(phase === undefined ? [] : [`${SEARCH_ATTRIBUTE.phase.name} = ${quote(phase)}`]),
    ...(running === undefined ? [] : [`ExecutionStatus ${running ? '=' : '!='} 'Running'`]),
  ].join(' AND ');
}

type Failing = Pick<Operation, 'operationId' | 'runId' | 'taskFailure' | 'note'>;

/**
 * What a list says, and of each run under way whether its workflow task fails: Temporal's index does not know, so each is
 * described, which is a call for each.
 * @throws ReimageUnreachableError
 */
export async function withTaskFailures<Run extends Failing>(
  context: ClientContext,
  runs: readonly Run[],
  isUnderWay: (run: Run) => boolean,
): Promise<Run[]> {
  return await inTurns(runs, async (run) => {
    if (!isUnderWay(run)) return run;
    const description = await callTemporal(context, () =>
      describeRunOrNull(context.client, run.operationId, run.runId),
    );
    const taskFailure =
      description && (await callTemporal(context, () => readTaskFailure(context.client, description)));
    return taskFailure === null ? run : { ...run, taskFailure, note: taskFailureText(taskFailure) };
  });
}
