import { setMaxListeners } from 'node:events';
import { cancellationSignal } from '@temporalio/activity';
import type { Freeze } from '../../contracts/freeze.js';
import type { HealthCheck } from '../../contracts/health-check.js';
import type { VmRef } from '../../contracts/ids.js';
import { NotFoundError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import type { Instance } from '../../jdcloud/schemas.js';
import { placeOf, probe } from '../health/target.js';
import { toApplicationFailure } from '../runtime/failure.js';
import { heartbeating, tellingUnanswered, type Unanswered } from '../runtime/heartbeat.js';
import { askFreeze, type Namespace } from '../runtime/namespace.js';
import type { Timing } from '../runtime/time.js';

export interface FleetObservationDeps {
  readonly reader: Pick<VmReader, 'briefInstances' | 'instance'>;
  readonly namespace: Pick<Namespace, 'freeze'>;
  /** What programs of health checks get a little of. */
  readonly env: NodeJS.ProcessEnv;
  readonly timing: Timing;
}

/** Some VMs of a region. */
export interface FleetVmIds {
  readonly regionId: string;
  readonly instanceIds: readonly string[];
}

/** A VM whose rebuild has ended without a word. */
export interface Unreported {
  /** The image that it was to get. */
  readonly image: string;
  /** Since its rebuild ended. */
  readonly forMs: number;
}

/** What one look at a fleet has shown. */
export interface FleetObservation {
  /** VMs that do not run. One that JD Cloud does not know any more is no machine that could be down. */
  readonly down: readonly string[];
  readonly freeze: Freeze | null;
}

/** Looks at many VMs at once, for a fleet that is under way. Touches nothing. */
export function createFleetObserveActivities(deps: FleetObservationDeps) {
  const { reader, namespace, env, timing } = deps;
  const doing = <T>(regionId: string, work: (signal: AbortSignal) => Promise<T>) => readingMany(deps, regionId, work);
  return {
    /**
     * Tells which VMs are down, in calls of 100 ids, and whether the namespace is frozen.
     * @throws ApplicationFailure JdCloudUnavailable · TemporalUnreachable (both retryable) · refusals
     */
    observeFleet: ({ regionId, instanceIds }: FleetVmIds): Promise<FleetObservation> =>
      doing(regionId, async (signal) => {
        const [seen, freeze] = await Promise.all([
          reader.briefInstances(regionId, instanceIds, { fresh: true, signal }),
          askFreeze(namespace),
        ]);
        const isDown = (id: string) => seen.has(id) && seen.get(id)?.status !== 'running';
        return { down: instanceIds.filter(isDown), freeze };
      }),

    /**
     * Tells which image each VM has, by id, in calls of 100 ids; null while it is being rebuilt, since it may report
     * either image then, and for the settle time while one whose rebuild has told nothing may only seem untouched. One
     * that JD Cloud does not know is not told.
     * @param input.unreported - by id
     * @throws ApplicationFailure JdCloudUnavailable (retryable) · refusals
     */
    readFleetImages: ({
      regionId,
      instanceIds,
      unreported = {},
    }: FleetVmIds & { readonly unreported?: Readonly<Record<string, Unreported>> }): Promise<
      Record<string, string | null>
    > =>
      doing(regionId, async (signal) => {
        const seen = await reader.briefInstances(regionId, instanceIds, { fresh: true, signal });
        const imageOf = (id: string, { status, imageId }: Pick<Instance, 'status' | 'imageId'>) =>
          status === 'rebuilding' || !isSettled(imageId, unreported[id], timing) ? null : (imageId ?? null);
        return Object.fromEntries([...seen].map(([id, vm]) => [id, imageOf(id, vm)]));
      }),

    /**
     * Makes the health checks on VMs that run, and tells what they say against them, by id.
     * @throws ApplicationFailure JdCloudUnavailable (retryable) · refusals
     */
    checkFleetHealth: (
      input: FleetVmIds & { readonly checks: readonly HealthCheck[] },
    ): Promise<Record<string, string>> =>
      doing(input.regionId, async (signal) => {
        const { regionId, instanceIds, checks } = input;
        const vms = await Promise.all(
          instanceIds.map((instanceId) => readVm(reader, { regionId, instanceId }, signal)),
        );
        const sick = await findSick(
          vms.filter((vm) => vm !== null),
          { regionId, checks, env },
          signal,
        );
        return Object.fromEntries(sick);
      }),
  };
}

/**
 * Evidence is believed at once, its absence only once a call that was still out must show: one settle time for the
 * activity, which may send until a heartbeat tells it that the rebuild has ended, and one in which a call that was
 * accepted may stay invisible. docs/decisions/0003.
 */
function isSettled(imageId: Instance['imageId'], unreported: Unreported | undefined, { settleMs }: Timing): boolean {
  return unreported === undefined || imageId === unreported.image || unreported.forMs >= 2 * settleMs;
}

async function readVm(
  reader: Pick<VmReader, 'instance'>,
  vm: { readonly regionId: string; readonly instanceId: string },
  signal: AbortSignal,
): Promise<Instance | null> {
  try {
    return await reader.instance(vm, { fresh: true, signal });
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}

/** VMs of a page whose checks are made at a time: they hold sockets and programs on the worker. */
const AT_A_TIME = 25;

/**
 * What the health checks say against VMs that run, by id; those that are well are not in it. A check is bad when none
 * of three looks is good: whether it is good as often in a row as it asks for, its rebuild finds out.
 * @throws the reason of the signal
 */
export async function findSick(
  vms: readonly Instance[],
  { regionId, checks, env }: { regionId: string; checks: readonly HealthCheck[]; env: NodeJS.ProcessEnv },
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const sick = new Map<string, string>();
  const queue = checks.length === 0 ? [] : vms.filter(({ status }) => status === 'running');
  const lane = async () => {
    for (let vm = queue.pop(); vm !== undefined; vm = queue.pop()) {
      const said = await firstBad(vm, { regionId, instanceId: vm.instanceId }, checks, env, signal);
      if (said !== null) sick.set(vm.instanceId, said);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  return sick;
}

async function firstBad(
  instance: Instance,
  vm: VmRef,
  checks: readonly HealthCheck[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string | null> {
  const aim = { vm, place: placeOf(instance), env };
  const answers = await Promise.all(checks.map((check) => probe({ ...check, successes: 1 }, aim, signal)));
  const bad = answers.find(({ healthy }) => !healthy);
  return bad === undefined ? null : `${bad.check}: ${bad.message}`;
}

/** What an activity needs that reads many VMs at once. */
export interface ManyReadsDeps {
  readonly timing: Timing;
  readonly unanswered?: Unanswered | undefined;
}

/** Does the work of an activity that reads hundreds of VMs at once: heartbeating, and with its errors as failures. */
export async function readingMany<T>(
  { timing, unanswered }: ManyReadsDeps,
  regionId: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    const signal = cancellationSignal();
    // Each read listens to it; node takes more than ten listeners for a leak.
    setMaxListeners(0, signal);
    return await heartbeating(() => work(signal), tellingUnanswered(regionId, unanswered));
  } catch (error) {
    throw toApplicationFailure(error, { timing });
  }
}
