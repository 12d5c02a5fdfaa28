import { MAX_FLEET } from '../../contracts/fleet/amount.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { failure } from '../failure.js';
import { matchesSelector } from './matches-selector.js';
import { readVms, type SelectApi, selectVms } from './select-vms.js';

/** The VMs of a fleet, by id, in the order of their ids. */
export interface FleetVms {
  readonly instanceIds: readonly string[];
  /** Those of them that `exclude` names. */
  readonly excluded: readonly string[];
  /** Those that the policy names as its canary and that are not selected. */
  readonly strayCanaries: readonly string[];
}

/**
 * Finds the VMs of a fleet. An id in `exclude` that JD Cloud does not know is an error too: the VM that was meant
 * would be erased.
 * @throws ApplicationFailure VmNotFound naming ids · InvalidInput for too many VMs · JdCloudError
 */
export async function selectFleetVms(
  api: SelectApi,
  { regionId, select, exclude, rollout }: Pick<FleetSpec, 'regionId' | 'select' | 'exclude' | 'rollout'>,
  signal: AbortSignal,
): Promise<FleetVms> {
  const vms = await selectVms(api, { regionId, selector: select, field: 'select' }, signal);
  if (vms.length > MAX_FLEET) {
    throw failure('InvalidInput', `select: means ${vms.length} VMs of ${regionId}; a fleet has at most ${MAX_FLEET}.`);
  }
  const selected = new Set(vms.map(({ instanceId }) => instanceId));
  const elsewhere = (exclude?.instanceIds ?? []).filter((id) => !selected.has(id));
  await readVms(api, { regionId, instanceIds: elsewhere, field: 'exclude' }, signal);
  const excluded = exclude === undefined ? [] : vms.filter((vm) => matchesSelector(exclude, vm));
  const { canary } = rollout;
  const canaries = typeof canary === 'object' ? canary.instanceIds : [];
  return {
    instanceIds: [...selected],
    excluded: excluded.map(({ instanceId }) => instanceId),
    strayCanaries: canaries.filter((id) => !selected.has(id)),
  };
}
