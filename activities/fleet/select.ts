import type { FleetSpec, VmSelector } from '../../contracts/fleet/fleet-spec.js';
import { oneVmValues } from '../../contracts/fleet/one-vm-values.js';
import { MAX_FLEET } from '../../contracts/fleet/rollout-policy.js';
import { unknownRegionNote } from '../../contracts/ids.js';
import type { Warning } from '../../contracts/rebuild-plan.js';
import { allPages } from '../../jdcloud/list-queries.js';
import type { Instance } from '../../jdcloud/schemas.js';
import type { VmApi } from '../../jdcloud/vm-api.js';
import { failure } from '../runtime/failure.js';
import { askServer, type FleetNamespace, type ScheduledSelection } from '../runtime/namespace.js';
import { latestNow } from '../runtime/time.js';
import { matcherOf, narrowingOf } from './match-vms.js';
import { listedScheduleWarnings, scheduleWarning, selectionWarnings } from './selection-warnings.js';

/** The VMs of a fleet, by id, in the order of their ids. */
export interface FleetVms {
  readonly instanceIds: readonly string[];
  /** Those of them that `exclude` names. */
  readonly excluded: readonly string[];
  /** What one should know of how they were selected. Absent in histories of before. */
  readonly warnings?: readonly Warning[];
}

/**
 * Finds the VMs of a fleet. An id in `exclude` that JD Cloud does not know is an error too: the VM that was meant
 * would be erased.
 * @throws ApplicationFailure VmNotFound naming ids · InvalidInput for too many VMs, a canary that is none of them, or a value
 * that only one VM may have where there are more · JdCloudError
 */
export async function selectFleetVms(
  { api, namespace }: { readonly api: SelectApi; readonly namespace: Pick<FleetNamespace, 'visitSchedulesOf'> },
  spec: Pick<FleetSpec, 'name' | 'regionId' | 'select' | 'exclude' | 'rollout' | 'rebuild'>,
  signal: AbortSignal,
): Promise<FleetVms> {
  const { regionId, select, exclude, rollout, rebuild } = spec;
  const vms = await selectVms(api, { regionId, selector: select, field: 'select' }, signal);
  if (vms.length > MAX_FLEET) {
    throw failure('InvalidInput', `select: means ${vms.length} VMs of ${regionId}; a fleet has at most ${MAX_FLEET}.`);
  }
  const selected = new Set(vms.map(({ instanceId }) => instanceId));
  const elsewhere = (exclude?.instanceIds ?? []).filter((id) => !selected.has(id));
  await readVms(api, { regionId, instanceIds: elsewhere, field: 'exclude' }, signal);
  const excluded = new Set(exclude === undefined ? [] : vms.filter(matcherOf(exclude)));
  checkCanary(rollout, selected);
  const members = vms.filter((vm) => !excluded.has(vm));
  checkOneVmValues(rebuild, members);
  return {
    instanceIds: [...selected],
    excluded: [...excluded].map(({ instanceId }) => instanceId),
    warnings: [
      ...selectionWarnings({ spec, vms, now: latestNow() }),
      ...(await warningsOfSchedules(namespace, spec, members)),
    ],
  };
}

/** Nothing is decided by what schedules will do: where they cannot be looked at, a plan says so and goes on. */
async function warningsOfSchedules(
  namespace: Pick<FleetNamespace, 'visitSchedulesOf'>,
  spec: Pick<FleetSpec, 'name' | 'regionId'>,
  members: readonly Instance[],
): Promise<Warning[]> {
  const warnings: Warning[] = [];
  const judge = (schedule: ScheduledSelection) => {
    const warning = scheduleWarning(schedule, spec, members);
    if (warning !== null) warnings.push(warning);
  };
  try {
    const asking = () => namespace.visitSchedulesOf(spec.regionId, judge);
    return listedScheduleWarnings(warnings, await askServer('tell which schedules there are', asking));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ code: 'schedules-overlap', message: `Schedules may mean the same VMs: ${why}` }];
  }
}

/** Here only is it known how many they are, whatever the fleet was asked for by. */
function checkOneVmValues(rebuild: FleetSpec['rebuild'], vms: readonly Instance[]): void {
  if (vms.length <= 1) return;
  const named = vms.map(({ instanceId, instanceName }) => ({ instanceId, name: instanceName ?? null }));
  const told = oneVmValues(rebuild, named).map(({ path, message }) => `${['rebuild', ...path].join('.')}: ${message}`);
  if (told.length === 0) return;
  throw failure('InvalidInput', `${told.join('; ')}. The fleet has ${vms.length} VMs.`);
}

/** A canary that the fleet does not have would be none, without a word. */
function checkCanary({ canary }: FleetSpec['rollout'], selected: ReadonlySet<string>): void {
  const stray = typeof canary === 'object' ? canary.instanceIds.filter((id) => !selected.has(id)) : [];
  if (stray.length === 0) return;
  throw failure(
    'InvalidInput',
    `rollout.canary.instanceIds: names ${stray.join(', ')}, which the fleet does not select.`,
  );
}

/** Most ids in one call. */
const MOST_IDS = 100;
/** Ids that a message names. */
const MOST_NAMED = 20;

export type SelectApi = Pick<VmApi, 'describeInstances'>;

/**
 * The VMs that a selector means, by id. An id that JD Cloud does not know is an error: who wrote it meant a machine.
 * @param field - where the selector stands in the file, for messages
 * @throws ApplicationFailure VmNotFound naming the ids · JdCloudError
 */
export async function selectVms(
  api: SelectApi,
  { regionId, selector, field }: { readonly regionId: string; readonly selector: VmSelector; readonly field: string },
  signal: AbortSignal,
): Promise<Instance[]> {
  const { instanceIds } = selector;
  const vms =
    instanceIds === undefined
      ? await listVms(api, regionId, selector, signal)
      : await readVms(api, { regionId, instanceIds, field }, signal);
  return vms.filter(matcherOf(selector)).toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
}

async function listVms(api: SelectApi, regionId: string, selector: VmSelector, signal: AbortSignal) {
  const narrowing = narrowingOf(selector);
  return allPages(
    async (page) => {
      const { instances, totalCount } = await api.describeInstances({ regionId, ...page, ...narrowing }, { signal });
      return { items: instances, totalCount };
    },
    ({ instanceId }) => instanceId,
  );
}

/** Reads VMs by their ids. @throws ApplicationFailure VmNotFound naming those that there are not · JdCloudError */
export async function readVms(
  api: SelectApi,
  wanted: { readonly regionId: string; readonly instanceIds: readonly string[]; readonly field: string },
  signal: AbortSignal,
): Promise<Instance[]> {
  const { regionId, field } = wanted;
  const ids = [...new Set(wanted.instanceIds)];
  const found: Instance[] = [];
  for (let first = 0; first < ids.length; first += MOST_IDS) {
    const instanceIds = ids.slice(first, first + MOST_IDS);
    found.push(...(await api.describeInstances({ regionId, instanceIds }, { signal })).instances);
  }
  const known = new Set(found.map(({ instanceId }) => instanceId));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length === 0) return found;
  const more = unknown.length > MOST_NAMED ? ` and ${unknown.length - MOST_NAMED} more` : '';
  const named = unknown.slice(0, MOST_NAMED).join(', ');
  throw failure(
    'VmNotFound',
    `${field}.instanceIds: JD Cloud knows no VM ${named}${more} in ${regionId}${unknownRegionNote(regionId)}.`,
  );
}
