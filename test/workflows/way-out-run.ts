import assert from 'node:assert/strict';
import { type WorkflowHandle, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Decision, Held } from '../../contracts/decision.js';
import { DECIDE_UPDATE, PROGRESS_QUERY } from '../../contracts/names.js';
import { RebuildProgress } from '../../contracts/rebuild-progress.js';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import { OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';
import { eventually } from '../fixtures/eventually.js';
import type { Lane, LaneOptions } from '../fixtures/lane.js';
import { requestFor } from '../fixtures/requests.js';

/** So slow that each passing status is seen. */
export const SLOW_START: LaneOptions = { timing: { starting: 100_000 } };

/** The VM comes back from its rebuild, and then does not start. */
export const startFails = (times: FaultRule['times'] = 1): FaultRule => ({
  operation: 'startInstance',
  times,
  kind: { outcome: 'reverts' },
});

export const typesOf = ({ failures }: RebuildResult) => failures?.map(({ type }) => type);

/** What must hold however a rebuild ended: the result names the state that the cloud is in. */
export function assertTold({ cloud, instanceId }: Lane, result: RebuildResult): void {
  const { status, imageId } = cloud.vm(instanceId);
  assert.deepEqual([result.power.after, result.imageAfter], [status, imageId], 'the result names what the VM is in');
}

export function run(lane: Lane, request: Partial<RebuildRequestInput>, ...faults: readonly FaultRule[]) {
  for (const fault of faults) lane.cloud.addFault({ ...fault, instanceId: lane.instanceId });
  return lane.worker.start(requestFor(lane.instanceId, { imageId: OTHER_IMAGE_ID, ...request }));
}

export async function heldOf(handle: WorkflowHandle): Promise<Held | null> {
  return RebuildProgress.parse(await handle.query(PROGRESS_QUERY)).held ?? null;
}

export async function untilHeld(handle: WorkflowHandle): Promise<Held> {
  let held: Held | null = null;
  await eventually('it is held', async () => (held = await heldOf(handle)) !== null);
  assert.ok(held);
  return held;
}

export function decide(handle: WorkflowHandle, decision: Decision['decision']) {
  return handle.executeUpdate(DECIDE_UPDATE, { args: [{ decision, reason: 'seen in the console', by: 'ana' }] });
}

export async function refusalOf(deciding: Promise<unknown>): Promise<string | null | undefined> {
  const error = await deciding.then(
    () => assert.fail('it was taken'),
    (refused: unknown) => refused,
  );
  assert.ok(error instanceof WorkflowUpdateFailedError, String(error));
  assert.ok(error.cause instanceof ApplicationFailure);
  return error.cause.type;
}
