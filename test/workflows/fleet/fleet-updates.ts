import assert from 'node:assert/strict';
import { type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { AuditEntry, type FLEET_UPDATES, type FleetUpdateName } from '../../../contracts/fleet/fleet-control.js';
import { rebuildWorkflowId } from '../../../contracts/ids.js';
import type * as z from 'zod';
import type { FleetLane } from './fleet-lane.js';

/** Does something to a fleet, and answers what went on the record. */
export async function act<Name extends FleetUpdateName>(
  handle: WorkflowHandle,
  name: Name,
  input: z.input<(typeof FLEET_UPDATES)[Name]>,
): Promise<AuditEntry> {
  for (;;) {
    try {
      return AuditEntry.parse(await handle.executeUpdate(name, { args: [input] }));
    } catch (error) {
      if (!isTurnedAway(error)) throw error;
    }
  }
}

/** The rebuild of a VM of a fleet. */
export function rebuildOf({ worker }: Pick<FleetLane, 'worker'>, instanceId: string): WorkflowHandle {
  return worker.client.workflow.getHandle(rebuildWorkflowId({ regionId: 'cn-north-1', instanceId }));
}

/** It has met the very task with which the fleet goes on in another run: the library sends it again, and so does this. */
function isTurnedAway(error: unknown): boolean {
  return /unexpected workflow task failure/i.test(error instanceof Error ? String(error.cause) : '');
}

/** The type and message that an update is refused with. */
export async function refusal(acting: Promise<unknown>): Promise<[string | null | undefined, string]> {
  const error = await acting.then(
    () => assert.fail('it was taken'),
    (refused: unknown) => refused,
  );
  assert.ok(error instanceof WorkflowUpdateFailedError, String(error));
  assert.ok(error.cause instanceof ApplicationFailure);
  return [error.cause.type, error.cause.message];
}
