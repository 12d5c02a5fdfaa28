import { MAX_FLEET } from '../../contracts/fleet/amount.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { oneVmValues } from '../../contracts/fleet/one-vm-values.js';
import type { Warning } from '../../contracts/rebuild-plan.js';
import type { Instance } from '../../jdcloud/schemas.js';
import { askServer } from '../ask-server.js';
import { failure } from '../failure.js';
import type { FleetNamespace } from './fleet-namespace.js';
import { scheduleWarnings } from './overlaps.js';
import { latestNow } from '../server-time.js';
import { matchesSelector } from './matches-selector.js';
import { readVms, type SelectApi, selectVms } from './select-vms.js';
import { selectionWarnings } from './selection-warnings.js';

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
 * @throws ApplicationFailure TemporalUnreachable (retryable) · VmNotFound naming ids · InvalidInput for too many VMs, a canary that is none of them, or a value
 * that only one VM may have where there are more · JdCloudError
 */
export async function selectFleetVms(
  { api, namespace }: { readonly api: SelectApi; readonly namespace: Pick<FleetNamespace, 'schedulesOf'> },
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
  const excluded = new Set(exclude === undefined ? [] : vms.filter((vm) => matchesSelector(exclude, vm)));
  checkCanary(rollout, selected);
  const members = vms.filter((vm) => !excluded.has(vm));
  checkOneVmValues(rebuild, members);
  const schedules = await askServer('tell which schedules there are', () => namespace.schedulesOf(regionId));
  return {
    instanceIds: [...selected],
    excluded: [...excluded].map(({ instanceId }) => instanceId),
    warnings: [...selectionWarnings({ spec, vms, now: latestNow() }), ...scheduleWarnings(schedules, spec, members)],
  };
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
