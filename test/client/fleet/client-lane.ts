import { randomBytes } from 'node:crypto';
import type { FleetOperation } from '../../../client/fleets/operation.js';
import { ReimageClient, ReimageError } from '../../../client/index.js';
import type { FleetSpecInput } from '../../../contracts/fleet/fleet-spec.js';
import { OTHER_IMAGE_ID } from '../../../simulator/model/builders.js';
import { defer, type Scope } from '../../fixtures/defer.js';
import { eventually } from '../../fixtures/eventually.js';
import { fleetLane, type FleetLane, type FleetLaneOptions } from '../../workflows/fleet/fleet-lane.js';

export const REGION = 'cn-north-1';

/** A cloud of some VMs, a worker, and the library in front of them. */
export interface ClientLane extends FleetLane {
  readonly reimage: ReimageClient;
  /** A fleet over all VMs of the lane, under a name of its own. */
  readonly spec: (rollout?: FleetSpecInput['rollout'], more?: Partial<FleetSpecInput>) => FleetSpecInput;
}

/** Makes a lane that ends with the scope, fleets that still run included. */
export async function clientLane(scope: Scope, options: FleetLaneOptions): Promise<ClientLane> {
  const lane = await fleetLane(scope, options);
  const { client, taskQueue } = lane.worker;
  const reimage = await ReimageClient.connect({ client, taskQueue, env: {} });
  const name = `web-${randomBytes(4).toString('hex')}x`;
  const spec: ClientLane['spec'] = (rollout = {}, more = {}) => ({
    name,
    regionId: REGION,
    select: { instanceIds: [...lane.ids] },
    image: { id: OTHER_IMAGE_ID },
    rebuild: { keyNames: ['ops'] },
    rollout: { bakeSeconds: 0, approval: { afterCanary: 'never' }, maxUnavailable: { fleet: 3 }, ...rollout },
    requestedBy: 'ana',
    ...more,
  });
  defer(scope, async () => {
    for await (const { workflowId } of client.workflow.list({
      query: `WorkflowType = 'reimageFleet' AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'`,
    })) {
      await client.workflow
        .getHandle(workflowId)
        .terminate()
        .catch(() => undefined);
    }
  });
  return { ...lane, reimage, spec };
}

/** Waits until a fleet is as said, and hands it on. */
export async function untilFleetIs(
  { reimage }: ClientLane,
  fleet: FleetOperation,
  what: string,
  isTrue: (fleet: FleetOperation) => boolean,
): Promise<FleetOperation> {
  let last = fleet;
  await eventually(what, async () => {
    last = await reimage.fleets.get(fleet);
    return isTrue(last);
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; last: ${JSON.stringify(last)}`);
  });
  return last;
}

/** Whether an error is a failure of this type that says so. */
export function failsAs(type: string, says: RegExp) {
  return (error: unknown): boolean => {
    if (!(error instanceof ReimageError) || error.failure.type !== type || !says.test(error.message)) throw error;
    return true;
  };
}
