import { randomBytes } from 'node:crypto';
import { ReimageClient } from '../../client/index.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import type { FleetSpecInput } from '../../contracts/fleet/fleet-spec.js';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region } from '../../simulator/model/builders.js';
import type { VmState } from '../../simulator/model/region-state.js';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.js';
import { defer, type Scope } from '../fixtures/defer.js';
import { startTestWorker, type TestWorker } from '../fixtures/worker.js';

export interface Stand {
  readonly regionId: string;
  readonly cloud: Simulator;
  readonly worker: TestWorker;
  readonly reimage: ReimageClient;
  readonly plan: (overrides?: Partial<FleetSpecInput>) => Promise<FleetPlan>;
}

/** A region of its own, so that finished rebuilds of other tests do not count, with a worker and the library over it. */
export async function startStand(t: Scope, vms: readonly VmState[]): Promise<Stand> {
  const regionId = `cn-plan-${randomBytes(4).toString('hex')}`;
  const images = [
    image(DEFAULT_IMAGE_ID),
    image(OTHER_IMAGE_ID, { name: 'web-old' }),
    image('img-web-new', { name: 'web-new', createTime: '2026-09-01 10:00:00' }),
    image('img-web-pending', { name: 'web-pending', status: 'pending', createTime: '2026-10-01 10:00:00' }),
    image('img-web-shared', {
      name: 'web-shared',
      imageSource: 'shared',
      ownerPin: 'mallory',
      createTime: '2026-10-01 11:00:00',
    }),
    image('img-twin-1', { name: 'twin-1' }),
    image('img-twin-2', { name: 'twin-2' }),
    image('img-of-other', { name: 'other-web-', createTime: '2026-10-02 10:00:00' }),
  ];
  const cloud = await startSimulator({ compress: 200, state: region({ regionId, vms, images }) });
  defer(t, () => cloud.close());
  const env = { REIMAGE_SECRET_P: 'Zx9!kT2#mW' };
  const worker = await startTestWorker(t, { cloud, env });
  const reimage = await ReimageClient.connect({ client: worker.client, taskQueue: worker.taskQueue, env: {} });
  const spec: FleetSpecInput = {
    name: 'web',
    regionId,
    select: { name: '*' },
    image: { id: OTHER_IMAGE_ID },
    rebuild: { keyNames: ['ops'] },
    requestedBy: 'alice',
  };
  return { regionId, cloud, worker, reimage, plan: (overrides = {}) => reimage.fleets.plan({ ...spec, ...overrides }) };
}

const unique = randomBytes(3).toString('hex');

/** An id that no other test uses. */
export const id = (name: string | number) => `i-${unique}-${name}`;
/** Those that are skipped, with the kind of reason. */
export const skips = ({ rows }: FleetPlan) =>
  Object.fromEntries(rows.flatMap(({ instanceId, skip }) => (skip === null ? [] : [[instanceId, skip.code]])));
export const codes = ({ warnings }: FleetPlan) => warnings.map(({ code }) => code);
