import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { type Freeze, FREEZE_WORKFLOW_ID, type FreezeRequest } from '../contracts/fleet/freeze.js';
import { MEMO, WORKFLOW } from '../contracts/names.js';
import { readFreeze } from '../temporal/read-freeze.js';
import { describeRun } from '../temporal/read-runs.js';
import { callTemporal, type ClientContext } from './client-context.js';
import { failureOf, toReimageError } from './reimage-errors.js';

/** What came of a wish to freeze. */
export interface Frozen {
  readonly freeze: Freeze;
  /** False: somebody had frozen the namespace before, and this freeze is theirs. */
  readonly isNew: boolean;
}

/** A freeze may end between "already started" and our look at it; each further try needs another such chance. */
const TRIES = 3;

/** The freeze of the namespace, asked without a worker; null when it is not frozen. @throws ReimageUnreachableError */
export async function frozen(context: ClientContext): Promise<Freeze | null> {
  return await callTemporal(context, () => readFreeze(context.client));
}

/**
 * Freezes the namespace, or finds out who has. Needs no worker, and holds without one.
 * @throws ReimageUnreachableError
 */
export async function freezeNamespace(context: ClientContext, request: FreezeRequest): Promise<Frozen> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const since = await startUnlessFrozen(context, request);
    if (since !== null) return { freeze: { ...request, since }, isNew: true };
    const freeze = await frozen(context);
    if (freeze !== null) return { freeze, isNew: false };
  }
  throw toReimageError(
    failureOf('Unexpected', 'The namespace was not frozen: others kept freezing and unfreezing it.'),
  );
}

/** When the server began the freeze; null where there was one. */
async function startUnlessFrozen(context: ClientContext, { by, reason }: FreezeRequest): Promise<string | null> {
  const { client, taskQueue } = context;
  return await callTemporal(context, async () => {
    try {
      const handle = await client.workflow.start(WORKFLOW.freeze, {
        workflowId: FREEZE_WORKFLOW_ID,
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        taskQueue,
        args: [],
        memo: { [MEMO.requestedBy]: by, [MEMO.reason]: reason },
        staticSummary: 'no rebuild begins in this namespace until `reimage unfreeze`',
      });
      const { startTime } = await describeRun(client, FREEZE_WORKFLOW_ID, handle.firstExecutionRunId);
      return startTime.toISOString();
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
      throw error;
    }
  });
}
