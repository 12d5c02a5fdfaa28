import { randomUUID } from 'node:crypto';
import { planWorkflowId } from '../../contracts/ids.js';
import { WORKFLOW } from '../../contracts/names.js';
import { RebuildPlan } from '../../contracts/rebuild-plan.js';
import type { RebuildRequest } from '../../contracts/rebuild-request.js';
import type { CallOptions, ClientContext } from '../connection/context.js';
import { askWorker } from '../connection/run-workflow.js';

/** What a plan takes beside what every call does. */
export interface PlanOptions extends CallOptions {
  /** How long a worker may take to take the question up. @default 10000 */
  readonly workerTimeoutMs?: number | undefined;
}

/**
 * Validates a rebuild and tells what it would do; nothing is touched. Issues stand in the plan and are no error.
 * @param workerTimeoutMs - after which a plan that no worker has taken up is given up
 * @throws ReimageNotFoundError when there is no such VM · ReimageUnreachableError (also: no worker) · ReimageError
 */
export async function planRebuild(
  context: ClientContext,
  request: RebuildRequest,
  workerTimeoutMs?: number,
): Promise<RebuildPlan> {
  return askWorker(context, {
    workflow: WORKFLOW.planRebuild,
    workflowId: planWorkflowId(request, randomUUID()),
    input: request,
    deadlineMs: request.deadlines.validatingSeconds * 1000,
    summary: `plan the rebuild of ${request.instanceId}; touches nothing`,
    answer: RebuildPlan,
    workerTimeoutMs,
  });
}
