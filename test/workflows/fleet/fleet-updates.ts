import assert from 'node:assert/strict';
import { type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { FleetAct, type FLEET_UPDATES, type FleetUpdateName } from '../../../contracts/fleet/fleet-control.js';
import type * as z from 'zod';

/** Does something to a fleet, and answers what went on the record. */
export async function act<Name extends FleetUpdateName>(
  handle: WorkflowHandle,
  name: Name,
  input: z.input<(typeof FLEET_UPDATES)[Name]>,
): Promise<FleetAct> {
  return FleetAct.parse(await handle.executeUpdate(name, { args: [input] }));
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
