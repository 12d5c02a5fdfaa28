import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';

/**
 * Refuses to run under another workflow id than the one that others find this run by, or that is its lock: Temporal
 * starts a workflow under any id. To be called before anything else is done.
 * @param expected - the id, or what an id has to be like
 * @param help - how to start it rightly, as a sentence
 * @throws ApplicationFailure InvalidInput
 */
export function refuseOtherId(expected: string, help: string, fits = (id: string) => holdsLock(id, expected)): void {
  const { workflowId, workflowType } = workflowInfo();
  if (fits(workflowId)) return;
  const message = `workflowId: ${workflowType} must run as ${expected}, not as ${JSON.stringify(workflowId)}. Nothing was touched. ${help}`;
  throw ApplicationFailure.nonRetryable(message, 'InvalidInput');
}

/** Whether Temporal has reset this run, whatever it was reset to. */
export function isRerun(): boolean {
  const { runId, firstExecutionRunId } = workflowInfo();
  return runId !== firstExecutionRunId;
}

/**
 * Whether a workflow holds the lock of what it is about to change: the lock is an id, and Temporal runs one workflow of an
 * id at a time.
 */
export function holdsLock(workflowId: string, lockId: string): boolean {
  return workflowId === lockId;
}
