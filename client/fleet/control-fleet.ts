import {
  ApplicationFailure,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { FleetAct, type FleetUpdate, type FleetUpdateName } from '../../contracts/fleet/fleet-control.js';
import { isFailureType } from '../../contracts/failures.js';
import { DEFAULT_WORKER_TIMEOUT_MS } from '../ask-worker.js';
import { callTemporal, type ClientContext } from '../client-context.js';
import { failureOf, toReimageError } from '../reimage-errors.js';
import { findFleet, type FleetLookup } from './find-fleet.js';

export interface ControlOptions {
  /** Your id of this act: with it, the same act sent twice is done once. */
  readonly requestId?: string;
  /** How long a worker may take. @default 10000 */
  readonly workerTimeoutMs?: number;
}

/**
 * Does something to a running fleet, and returns once its workflow has done it.
 * @throws ReimageError `DecisionRefused` when it cannot be done now, or the fleet has ended · ReimageNotFoundError
 * `FleetNotFound` · ReimageUnreachableError (also: no worker)
 */
export async function controlFleet<Name extends FleetUpdateName>(
  context: ClientContext,
  lookup: FleetLookup,
  name: Name,
  input: FleetUpdate<Name>,
  { requestId, workerTimeoutMs = DEFAULT_WORKER_TIMEOUT_MS }: ControlOptions = {},
): Promise<FleetAct> {
  const { workflowId } = await findFleet(context, lookup);
  const handle = context.client.workflow.getHandle(workflowId);
  const answer = await callTemporal(
    context,
    async () => {
      try {
        return await handle.executeUpdate<unknown, [FleetUpdate<Name>]>(name, {
          args: [input],
          ...(requestId !== undefined && { updateId: `${name}:${requestId}` }),
        });
      } catch (error) {
        throw controlError(error, workflowId);
      }
    },
    workerTimeoutMs,
  );
  const act = FleetAct.safeParse(answer);
  if (act.success) return act.data;
  const message = `The worker answered ${name} in a way that this version of Reimage cannot read; it was done.`;
  throw toReimageError(failureOf('Unexpected', message, 'See with `reimage fleet status` what came of it.'));
}

function controlError(error: unknown, workflowId: string): unknown {
  if (error instanceof WorkflowNotFoundError) {
    const message = `${workflowId} has ended: nothing can be done to it any more.`;
    return toReimageError(failureOf('DecisionRefused', message, 'See with `reimage fleet report` how it ended.'));
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    const message = `No worker has taken it up for ${workflowId} in time. One that comes later may still do so.`;
    const next = 'See with `reimage fleet status` whether it was done before you send it again.';
    return toReimageError(failureOf('NoWorker', message, next), { cause: error });
  }
  if (!(error instanceof WorkflowUpdateFailedError)) return error;
  const { cause } = error;
  const type = cause instanceof ApplicationFailure && isFailureType(cause.type) ? cause.type : 'Unexpected';
  return toReimageError(failureOf(type, cause?.message ?? error.message), { cause: error });
}
