import type { Payload } from '@temporalio/common';
import { WORKFLOW } from '../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../contracts/search-attributes.js';
import type { KeyRecordOf, KeyUse } from './key-record.js';
import { keyIdOf } from './payload-codec.js';

/** Most that each look brings, the newest: what began lately is many, what is old and open is held, or a freeze. */
const PAGE_SIZE = 1000;

/**
 * One payload under each key that the memos of what is open on a task queue are encrypted by: of the newest thousand, of
 * a thousand held rebuilds, and of the freeze. The index, which lags, only adds to what is looked at.
 * @throws what the connection throws when the namespace cannot be asked
 */
export async function keysOfOpen({ service, namespace, taskQueue }: KeyRecordOf): Promise<KeyUse[]> {
  // Temporal's list filter takes no such name, however it is quoted.
  if (/['"\\]/.test(taskQueue)) return [];
  const open = `ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'`;
  const uses = new Map<string, KeyUse>();
  for (const filter of [
    '',
    ` AND ${SEARCH_ATTRIBUTE.phase.name} = 'held'`,
    ` AND WorkflowType = '${WORKFLOW.freeze}'`,
  ]) {
    const asked = { namespace, query: `${open}${filter}`, pageSize: PAGE_SIZE };
    const { executions } = await service.listWorkflowExecutions(asked);
    for (const canary of executions.flatMap(({ memo }) => Object.values(memo?.fields ?? {}))) take(uses, canary);
  }
  return [...uses.values()];
}

function take(uses: Map<string, KeyUse>, canary: Payload): void {
  const keyId = keyIdOf(canary);
  if (keyId !== null && !uses.has(keyId)) uses.set(keyId, { canary, keyId, worker: null, at: new Date() });
}
