import { taskFailureText } from '../contracts/task-failure.js';
import { inTurns } from '../temporal/in-turns.js';
import { describeRunOrNull } from '../temporal/read-runs.js';
import { readTaskFailure } from '../temporal/task-failure.js';
import { callTemporal, type ClientContext } from './client-context.js';
import type { Operation } from './operation.js';

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
