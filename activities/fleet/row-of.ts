import type { FleetRow } from '../../contracts/fleet/fleet-plan.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import type { RolloutPolicy } from '../../contracts/fleet/rollout-policy.js';
import type { Instance } from '../../jdcloud/schemas.js';
import { tagOf } from './matches-selector.js';

/** A row before the waves are known, with the rank of its tag's value where the fleet is ordered by one. */
export interface PlannedRow extends Omit<FleetRow, 'wave'> {
  readonly rank: number;
}

interface Judged {
  readonly instanceId: string;
  /** Null: JD Cloud knows it no more. */
  readonly instance: Instance | null;
  readonly skip: FleetRow['skip'];
}

/** The row of one VM. @param bad - what its health checks say against it; null: nothing */
export function rowOf(
  { instanceId, instance, skip }: Judged,
  bad: string | null,
  { rollout, rebuild }: Pick<FleetSpec, 'rollout' | 'rebuild'>,
): PlannedRow {
  if (instance === null) {
    const nothing = { name: null, az: null, group: null, imageBefore: null, sick: null, rank: 0 };
    return { instanceId, ...nothing, status: 'gone', skip };
  }
  const { instanceName, az, imageId, status } = instance;
  const { perTag } = rollout.maxUnavailable;
  const refused = bad !== null && rebuild.requireHealthyBefore;
  return {
    instanceId,
    name: instanceName ?? null,
    az: az ?? null,
    group: perTag === undefined ? null : tagOf(instance, perTag.key),
    status: status ?? 'unknown',
    imageBefore: imageId ?? null,
    skip: refused ? { code: 'misfit', reasons: [`It fails its health checks (requireHealthyBefore): ${bad}`] } : skip,
    sick: status === 'error' ? 'JD Cloud reports it in error' : bad,
    rank: rankOf(instance, rollout.order),
  };
}

/** Place of its tag's value in the order; behind all of them for a VM without one of them. */
function rankOf(instance: Instance, order: RolloutPolicy['order']): number {
  if (order.by !== 'tag') return 0;
  const value = tagOf(instance, order.key);
  const place = value === null ? -1 : order.values.indexOf(value);
  return place >= 0 ? place : order.values.length;
}
