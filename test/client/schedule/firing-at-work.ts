import type { TestContext } from 'node:test';
import { DEFAULT_IMAGE_ID } from '../../../simulator/model/builders.js';
import { clientLane } from '../fleet/client-lane.js';
import { scheduleFor, WHO } from './schedule-lane.js';

/** A firing whose fleet refreshes two VMs one after the other, and is at the first. */
export async function firingAtWork(scope: TestContext) {
  const lane = await clientLane(scope, { size: 2, timing: { rebuilding: 400_000 } });
  const { schedules } = lane.reimage;
  const spec = lane.spec(
    { canary: 0, maxUnavailable: { fleet: 1 } },
    { image: { id: DEFAULT_IMAGE_ID }, skipMatching: false },
  );
  const { scheduleId: id } = await schedules.create(scheduleFor(scope, lane.reimage, spec));
  const { operationId } = await schedules.trigger(id, WHO);
  await lane.cloud.waitFor(({ journal }) => journal.effective('rebuildInstance') === 1, 30_000);
  const { firings } = await schedules.describe(id);
  const fleet = { fleetId: firings[0]?.fleetId ?? '', regionId: spec.regionId };
  return { lane, fleet, firing: lane.worker.client.workflow.getHandle(operationId ?? '') };
}
