import { randomBytes } from 'node:crypto';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { fleetIdOf, fleetWorkflowId } from '../../../contracts/fleet/fleet-ids.js';
import type { FleetInput } from '../../../contracts/fleet/fleet-input.js';
import { FleetResult, FleetSummary, MemberPage, type MemberProgress } from '../../../contracts/fleet/fleet-progress.js';
import { FLEET_QUERY, PROTECTION_TAG, WORKFLOW } from '../../../contracts/names.js';
import type { RebuildRequestInput } from '../../../contracts/rebuild-request.js';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import type { FaultRule } from '../../../simulator/model/fault-rule.js';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../simulator/start-simulator.js';
import { defer, type Scope } from '../../fixtures/defer.js';
import { eventuallyGiven } from '../../fixtures/eventually.js';
import { fleetInputFor, type FleetOrder } from '../../fixtures/fleet-input.js';
import { requestFor } from '../../fixtures/requests.js';
import { startTestWorker, type TestWorker, type TestWorkerOptions } from '../../fixtures/worker.js';

const ZONES = ['cn-north-1a', 'cn-north-1b', 'cn-north-1c'] as const;
const PROTECTION = { key: PROTECTION_TAG, value: 'database' };

/** A cloud of some VMs in three zones on compressed time, and a worker that knows only it. */
export interface FleetLane {
  readonly cloud: Simulator;
  readonly worker: TestWorker;
  /** In the order in which fleets take them: their zones follow one another. */
  readonly ids: readonly string[];
}

export interface FleetLaneOptions extends Omit<SimulatorOptions, 'state'> {
  readonly size: number;
  /** Status of single VMs, by their place. */
  readonly statuses?: Readonly<Record<number, string>>;
  /** Places of VMs that bear the tag of protection: their rebuild is refused before anything is touched. */
  readonly isProtected?: readonly number[];
  readonly worker?: Omit<TestWorkerOptions, 'cloud'>;
}

/** Makes a lane that ends with the scope. */
export async function fleetLane(scope: Scope, options: FleetLaneOptions): Promise<FleetLane> {
  const { worker: workerOptions, ...rest } = options;
  const { cloud, ids } = await fleetCloud(scope, rest);
  return { cloud, ids, worker: await startTestWorker(scope, { ...workerOptions, cloud }) };
}

/** The cloud of a lane alone. */
export async function fleetCloud(
  scope: Scope,
  options: Omit<FleetLaneOptions, 'worker'>,
): Promise<Pick<FleetLane, 'cloud' | 'ids'>> {
  const { size, statuses = {}, isProtected = [], ...simulator } = options;
  const fleet = randomBytes(4).toString('hex');
  const ids = Array.from({ length: size }, (_, at) => `i-${fleet}${String(at).padStart(3, '0')}`);
  const tagsOf = (at: number) => (isProtected.includes(at) ? [PROTECTION] : []);
  const state = region({
    vms: ids.map((id, at) => vm(id, statuses[at] ?? 'running', { az: zoneOf(at), tags: tagsOf(at) })),
    images: [DEFAULT_IMAGE_ID, OTHER_IMAGE_ID].map((id) => image(id)),
  });
  const cloud = await startSimulator({ compress: 200, ...simulator, state });
  defer(scope, () => cloud.close());
  return { cloud, ids };
}

/** The zone of the VM at a place. */
export function zoneOf(at: number): string {
  return ZONES[at % ZONES.length] ?? ZONES[0];
}

/** How often each VM of the lane was erased. */
export function erases({ cloud, ids }: Pick<FleetLane, 'cloud' | 'ids'>): number[] {
  return ids.map((id) => cloud.journal.effective('rebuildInstance', id));
}

/** The input of a fleet over all VMs of the lane, from the default image to the other one, with a digest of its own. */
export function fleetInput({ ids }: Pick<FleetLane, 'ids'>, order: FleetOrder = {}): FleetInput {
  const planDigest = randomBytes(32).toString('hex');
  // Its workflow id is a lock in the namespace of all tests.
  const name = `web-${randomBytes(4).toString('hex')}x`;
  const members = ids.map((instanceId, at) => ({
    instanceId,
    az: zoneOf(at),
    group: null,
    imageBefore: DEFAULT_IMAGE_ID,
    image: OTHER_IMAGE_ID,
  }));
  const own = { name, fleetId: fleetIdOf(name, planDigest), planDigest, p90Seconds: 5, requestedBy: 'ana' };
  return fleetInputFor(members, { ...order, input: { ...own, ...order.input } });
}

/** The VM's start is refused. */
export function noStart(instanceId: string | undefined, times: FaultRule['times'] = 'always'): FaultRule {
  return {
    operation: 'startInstance',
    ...(instanceId !== undefined && { instanceId }),
    times,
    kind: { status: 400, code: 'FAILED_PRECONDITION', message: 'no stock', when: 'before' },
  };
}

/** Someone else rebuilds the VM, onto the image that it has: until the faults are cleared it gets no further than its stop. */
export async function keepBusy(
  { cloud, worker }: FleetLane,
  instanceId: string,
  request: Partial<RebuildRequestInput> = {},
): Promise<WorkflowHandle> {
  const kind = { status: 503, when: 'before' } as const;
  cloud.addFault({ operation: 'stopInstance', instanceId, times: 'always', kind });
  return await worker.start(requestFor(instanceId, request));
}

/** Starts a fleet and leaves it running. */
export async function startFleet(
  { worker }: { readonly worker: Pick<TestWorker, 'client' | 'taskQueue'> },
  input: FleetInput,
): Promise<WorkflowHandle> {
  return await worker.client.workflow.start(WORKFLOW.reimageFleet, {
    workflowId: fleetWorkflowId(input),
    taskQueue: worker.taskQueue,
    args: [input],
  });
}

/** The result of a fleet however it ended. */
export async function fleetOutcome(handle: WorkflowHandle): Promise<FleetResult> {
  try {
    return FleetResult.parse(await handle.result());
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : null;
    if (!(cause instanceof ApplicationFailure)) throw error;
    return FleetResult.parse(cause.details?.[0]);
  }
}

export async function summaryOf(handle: WorkflowHandle): Promise<FleetSummary> {
  return FleetSummary.parse(await handle.query(FLEET_QUERY.summary));
}

/** All its VMs, read page by page. */
export async function membersOf(handle: WorkflowHandle): Promise<MemberProgress[]> {
  const all: MemberProgress[] = [];
  for (let offset: number | null = 0; offset !== null;) {
    const page: MemberPage = MemberPage.parse(await handle.query(FLEET_QUERY.members, { offset }));
    all.push(...page.members);
    offset = page.nextOffset;
  }
  return all;
}

/** Waits until the fleet says something, and hands on what it says. */
export async function untilFleet(
  handle: WorkflowHandle,
  what: string,
  isTrue: (summary: FleetSummary) => boolean,
): Promise<FleetSummary> {
  let last: FleetSummary | null = null;
  const look = async (): Promise<FleetSummary | null> => {
    last = await summaryOf(handle);
    return isTrue(last) ? last : null;
  };
  return await eventuallyGiven(what, look).catch((error: unknown) => {
    throw new Error(`${String(error)}; last: ${JSON.stringify(last)}`);
  });
}
