/**
 * Whether a workflow holds the lock of what it is about to change: the lock is an id, and Temporal runs one workflow of an
 * id at a time.
 */
export function holdsLock(workflowId: string, lockId: string): boolean {
  return workflowId === lockId;
}
