import type { Client } from '@temporalio/client';
import { rebuildWorkflowId, type VmRef } from '../contracts/ids.js';
import { MEMO } from '../contracts/names.js';
import { SEARCH_ATTRIBUTE } from '../contracts/search-attributes.js';
import { firstRunIdOf } from './describe-latest.js';
import { describeRunOrNull, type RunDescription } from './read-runs.js';

/** The rebuild that holds the lock of a VM, or had it last. */
export interface LastRebuild {
  readonly startedAt: string;
  /** What it writes on the VM: its request id, or else its first run id. Null where neither can be read. */
  readonly marker: string | null;
}

/**
 * Reads it from the server's own state, and not from its index; null where the namespace knows of none.
 * @throws what the client throws when the namespace cannot be asked
 */
export async function readLastRebuild(client: Client, vm: VmRef): Promise<LastRebuild | null> {
  const description = await describeRunOrNull(client, rebuildWorkflowId(vm));
  return description && { startedAt: description.startTime.toISOString(), marker: markerOf(description) };
}

/** A memo that cannot be read may hold a request id, unless that stands in clear. */
function markerOf(description: RunDescription): string | null {
  const { memo, typedSearchAttributes, unreadable } = description;
  const requestId = memo?.[MEMO.requestId] ?? typedSearchAttributes.get(SEARCH_ATTRIBUTE.requestId);
  if (typeof requestId === 'string') return requestId;
  return unreadable === null ? firstRunIdOf(description) : null;
}
