import assert from 'node:assert/strict';
import { type TestContext } from 'node:test';
import type { Client } from '@temporalio/client';
import {
  ReimageError,
  type Held,
  type NewRollback,
  type Operation,
  type RebuildRequestInput,
  type RebuildResult,
} from '../../client/index.js';
import { RebuildRequest } from '../../contracts/rebuild-request.js';
import { standIn, type StandIn } from './stand-in/set-up.js';
import { endStandIn } from './stand-in/worker.js';

export const BY = { requestedBy: 'alice' } as const;
export const AT = '2026-11-24T06:00:00.000Z';
export const BACKUP = { imageId: 'img-backup', name: 'reimage-x', status: 'ready', dataDisks: false, pruned: [] };
export const ERASED: Partial<RebuildResult> = {
  outcome: 'failed',
  apiCalls: [{ operation: 'rebuildInstance', requestId: 'req-1' }],
};
export const WITH_BACKUP: Partial<RebuildResult> = { ...ERASED, backup: BACKUP };
export const HELD: Held = {
  since: AT,
  deadlineAt: AT,
  atDeadline: 'give-up',
  failure: { type: 'HealthCheckFailed', message: 'no answer' },
  choices: ['retry', 'rollback', 'accept', 'give-up'],
};
export const CHECK = { kind: 'tcp', port: 22 } as const;

export const failsWith = (type: string, says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ReimageError, String(error));
  assert.equal(error.failure.type, type);
  assert.match(error.message, says);
  return true;
};

/** A VM whose last rebuild has ended with this. */
export async function rebuilt(t: TestContext, told: Partial<RebuildResult>, more: Partial<RebuildRequestInput> = {}) {
  const stand = await standIn(t);
  const last = await endedWith(stand, told, { imageId: 'img-new', ...more });
  return { ...stand, last };
}

export async function endedWith(
  { client, reimage, vm }: StandIn,
  told: Partial<RebuildResult>,
  more: object,
): Promise<Operation> {
  const last = await reimage.start({ ...vm, keyNames: ['ops'], ...more });
  await endStandIn(client, last, told);
  await reimage.wait(last);
  return last;
}

/** What the last run of a workflow was asked. */
export async function requestIn(client: Client, workflowId: string): Promise<RebuildRequest> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return RebuildRequest.parse(JSON.parse(Buffer.from(payload?.data ?? []).toString()));
}

export function newRollback(plan: { kind: string }): NewRollback {
  assert.equal(plan.kind, 'rebuild');
  return plan as NewRollback;
}
