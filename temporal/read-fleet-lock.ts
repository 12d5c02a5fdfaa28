import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { FleetHolder } from '../contracts/fleet/fleet-holder.js';
import { type FleetLock, fleetWorkflowId } from '../contracts/fleet/fleet-ids.js';
import { MEMO } from '../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../contracts/search-attributes.js';
import { describeLatest, firstRunIdOf, hasEnded } from './describe-latest.js';
import { describeRunOrNull } from './read-runs.js';

/**
 * The fleet that holds a name in a region, from the server's own state and not from its index; null where none runs.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readFleetLock(client: Client, lock: FleetLock): Promise<FleetHolder | null> {
  const operationId = fleetWorkflowId(lock);
  const description = await describeLatest(client, operationId);
  if (description === null || hasEnded(description)) return null;
  const { runId, memo, typedSearchAttributes: attributes } = description;
  const text = (key: string) => (typeof memo?.[key] === 'string' ? memo[key] : null);
  return {
    operationId,
    runId,
    fleetId: attributes.get(SEARCH_ATTRIBUTE.fleet) ?? text(MEMO.fleetId) ?? lock.name,
    requestedBy: text(MEMO.requestedBy) ?? attributes.get(SEARCH_ATTRIBUTE.requestedBy) ?? null,
    scheduleId: text(MEMO.scheduleId),
    since: (await startOf(client, description)).toISOString(),
    status: attributes.get(SEARCH_ATTRIBUTE.phase) ?? 'waiting',
  };
}

/** When the first run began. */
async function startOf(client: Client, description: WorkflowExecutionDescription): Promise<Date> {
  const firstRunId = firstRunIdOf(description);
  if (firstRunId === description.runId) return description.startTime;
  const first = await describeRunOrNull(client, description.workflowId, firstRunId);
  return (first ?? description).startTime;
}
