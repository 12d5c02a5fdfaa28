import type { TestContext } from 'node:test';
import { DEFAULT_IMAGE_ID } from '../../../simulator/model/builders.js';
import { holdTransition } from '../../fixtures/hold-transition.js';
import { clientLane } from '../fleet/client-lane.js';
import { scheduleFor, untilScheduleIs, WHO } from './schedule-lane.js';

/** A firing whose fleet refreshes two VMs one after the other, and is at the first, which stays `rebuilding` until it is released. */
export async function firingAtWork(scope: TestContext) {
  const lane = await clientLane(scope, { size: 2 });
  const { schedules } = lane.reimage;
  const spec = lane.spec(
    { canary: 0, maxUnavailable: { fleet: 1 } },
    { image: { id: DEFAULT_IMAGE_ID }, skipMatching: false },
  );
  const held = holdTransition(lane.cloud, 'rebuildInstance');
  const { scheduleId: id } = await schedules.create(scheduleFor(scope, lane.reimage, spec));
  const { operationId } = await schedules.trigger(id, WHO);
  await held.reached();
  const { firings } = await untilScheduleIs(
    lane.reimage,
    id,
    'the fleet of the firing',
    ({ firings: [last] }) => last?.fleetId != null,
  );
  const fleet = { fleetId: firings[0]?.fleetId ?? '', regionId: spec.regionId };
  const firing = lane.worker.client.workflow.getHandle(operationId ?? '');
  return { lane, fleet, firing, release: held.release };
}
