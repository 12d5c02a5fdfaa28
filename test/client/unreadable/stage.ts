import { randomBytes, randomUUID } from 'node:crypto';
import { type FleetOperation, type Operation, ReimageClient } from '../../../client/index.js';
import type { FleetSpecInput } from '../../../contracts/fleet/fleet-spec.js';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import { type Simulator, startSimulator } from '../../../simulator/start-simulator.js';
import { codecKeys, type KeysOf } from '../../fixtures/codec-keys.js';
import { defer, type Scope } from '../../fixtures/defer.js';
import { eventually } from '../../fixtures/eventually.js';
import { ownNamespace } from '../../fixtures/own-namespace.js';
import { requestFor, uniqueVmId } from '../../fixtures/requests.js';
import { startWorkerProcess, type WorkerProcess } from '../../process/worker-process.js';

export const REGION = 'cn-north-1';
export const WHO = { by: 'ana', reason: 'zq-why' } as const;
const VMS = ['done', 'cancelled', 'held', 'open', 'fleetA', 'fleetB', 'scheduled', 'fresh', 'unasked'] as const;

/** A namespace in which there is one thing of each kind under the key `old`, and some under the key `new`. */
export interface Stage {
  readonly cloud: Simulator;
  readonly ids: Readonly<Record<(typeof VMS)[number], string>>;
  readonly keysOf: KeysOf;
  /** For a command line, with the keys of these ids. */
  readonly envOf: (...keys: readonly string[]) => Readonly<Record<string, string>>;
  readonly connect: (...keys: readonly string[]) => Promise<ReimageClient>;
  readonly startWorker: (...keys: readonly string[]) => Promise<WorkerProcess>;
  /** A spec over one VM. */
  readonly spec: (instanceId: string, more?: Partial<FleetSpecInput>) => FleetSpecInput;
}

/** What has come about under the key `old`. */
export interface OldThings {
  readonly done: Operation;
  readonly cancelled: Operation;
  readonly held: Operation;
  readonly open: Operation;
  readonly fleet: FleetOperation;
  readonly scheduleId: string;
  readonly planId: string;
}

export async function openStage(scope: Scope): Promise<Stage> {
  const { settings } = await ownNamespace(scope);
  const ids = Object.fromEntries(VMS.map((name) => [name, uniqueVmId()])) as Stage['ids'];
  const cloud = await startSimulator({
    compress: 200,
    state: region({
      vms: Object.values(ids).map((id) => vm(id)),
      images: [DEFAULT_IMAGE_ID, OTHER_IMAGE_ID].map((id) => image(id)),
    }),
    faults: [ids.cancelled, ids.open].map((instanceId) => {
      return { operation: 'stopInstance', instanceId, kind: { outcome: 'stuck' } };
    }),
  });
  defer(scope, () => cloud.close());
  const { address, namespace } = settings;
  const taskQueue = `test-${randomUUID()}`;
  const keysOf = codecKeys();
  const envOf: Stage['envOf'] = (...keys) => ({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    REIMAGE_TASK_QUEUE: taskQueue,
    JDCLOUD_REGION: REGION,
    ...keysOf(...keys),
  });
  return {
    cloud,
    ids,
    keysOf,
    envOf,
    connect: async (...keys) => {
      const client = await ReimageClient.connect({ env: envOf(...keys) });
      defer(scope, () => client.close());
      return client;
    },
    startWorker: (...keys) => startWorkerProcess(scope, { cloud, address, taskQueue, env: envOf(...keys) }),
    spec: (instanceId, more = {}) => ({
      name: 'web',
      regionId: REGION,
      select: { instanceIds: [instanceId] },
      image: { id: OTHER_IMAGE_ID },
      rebuild: { keyNames: ['ops'] },
      rollout: { canary: 0, bakeSeconds: 0, approval: { afterCanary: 'never' } },
      requestedBy: WHO.by,
      ...more,
    }),
  };
}

/** Lets one thing of each kind come about. Needs a worker. */
export async function makeOldThings({ cloud, ids, spec }: Stage, client: ReimageClient): Promise<OldThings> {
  const { by: requestedBy, reason } = WHO;
  const onto = { imageId: OTHER_IMAGE_ID, requestedBy, reason };
  await client.freeze(WHO);
  await client.unfreeze(WHO);
  const done = await client.start(requestFor(ids.done, { ...onto, requestId: 'ticket-1' }));
  const [cancelled, open] = [
    await client.start(requestFor(ids.cancelled, onto)),
    await client.start(requestFor(ids.open, onto)),
  ];
  const held = await client.start(requestFor(ids.held, { ...onto, onFailure: 'hold', healthChecks: [NEVER_WELL] }));
  await client.wait(done);
  await untilPhase(client, cancelled, 'stopping');
  await client.cancel(cancelled);
  cloud.act.release(ids.cancelled);
  await client.wait(cancelled);
  await untilPhase(client, open, 'stopping');
  await untilPhase(client, held, 'held');
  const plan = await client.fleets.plan(
    spec(ids.fleetA, {
      select: { instanceIds: [ids.fleetA, ids.fleetB] },
      rollout: { canary: 1, bakeSeconds: 0, approval: { afterCanary: 'always' } },
    }),
  );
  const fleet = await client.fleets.start(plan);
  const isAtGate = async () => (await client.fleets.get(fleet)).status === 'awaiting-approval';
  await eventually('the fleet is at its gate', isAtGate);
  const scheduleId = await makeSchedule(client, spec(ids.scheduled, { name: 'nightly' }));
  await client.schedules.trigger(scheduleId, WHO);
  const hasFired = async () => (await client.schedules.describe(scheduleId)).firings[0]?.status === 'done';
  await eventually('the schedule has fired', hasFired);
  return { done, cancelled, held, open, fleet, scheduleId, planId: plan.planId };
}

/** Ends what of them is under way, and waits for it. Needs a worker. */
export async function endOldThings({ cloud, ids }: Stage, client: ReimageClient, old: OldThings): Promise<void> {
  await client.decide(old.held, { decision: 'accept', ...WHO });
  await client.cancel(old.open);
  cloud.act.release(ids.open);
  await client.fleets.abort(old.fleet, WHO);
  await client.fleets.wait(old.fleet);
  await untilPhase(client, old.held, 'done');
  await untilPhase(client, old.open, 'cancelled');
}

const NEVER_WELL = {
  kind: 'exec' as const,
  command: ['false'],
  deadlineSeconds: 2,
  intervalSeconds: 1,
  successes: 1,
};

/** A schedule that does not fire by itself before the test is over. */
export async function makeSchedule(client: ReimageClient, fleet: FleetSpecInput): Promise<string> {
  const id = `yearly-${randomBytes(4).toString('hex')}`;
  await client.schedules.create({ id, cron: ['0 2 1 1 *'], zone: 'UTC', fleet });
  return id;
}

export async function untilPhase(client: ReimageClient, operation: Operation, phase: string): Promise<void> {
  await eventually(`${operation.operationId} is ${phase}`, async () => (await client.get(operation)).phase === phase);
}

/** Fires a schedule and waits until that has ended well. */
export async function fire(client: ReimageClient, scheduleId: string): Promise<void> {
  const { operationId } = await client.schedules.trigger(scheduleId, WHO);
  await client.temporal.workflow.getHandle(operationId ?? '').result();
  const isSeen = async () => (await client.schedules.describe(scheduleId)).running.length === 0;
  await eventually('the schedule has seen its firing end', isSeen);
}
