import type { FleetRow } from '../../contracts/fleet/fleet-plan.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import type { RolloutPolicy } from '../../contracts/fleet/rollout-policy.js';
import type { ValidationIssue } from '../../contracts/rebuild-plan.js';
import type { Instance } from '../../jdcloud/schemas.js';
import type { LockHolder } from '../runtime/namespace.js';
import { tagOf } from './match-vms.js';

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
    const nothing = { name: null, az: null, group: null, imageBefore: null, unhealthyReason: null, rank: 0 };
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
    skip: refused
      ? { code: 'validation-failed', reasons: [`It fails its health checks (requireHealthyBefore): ${bad}`] }
      : skip,
    unhealthyReason: status === 'error' ? 'JD Cloud reports it in error' : bad,
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

type Skip = FleetRow['skip'];

/** What is known of a VM before its rebuild is validated. */
interface Known {
  readonly isExcluded: boolean;
  /** Null: JD Cloud knows it no more. */
  readonly instance: Instance | null;
  /** The image with which it is left alone; null where none is. */
  readonly matching: string | null;
  readonly holder: LockHolder | null;
}

/** Why a VM is left alone whatever its rebuild would say; null where that must be asked. Of several reasons the first counts. */
export function skipBefore({ isExcluded, instance, matching, holder }: Known): Skip {
  if (instance === null)
    return {
      code: 'validation-failed',
      reasons: ['JD Cloud knows it no more: it was deleted while the plan was made.'],
    };
  if (isExcluded) return { code: 'excluded', reasons: ['The fleet excludes it.'] };
  if (matching !== null && instance.imageId === matching)
    return { code: 'already-on-image', reasons: [`It has ${matching} already.`] };
  return holder === null ? null : { code: 'busy', reasons: [busyText(holder)] };
}

function busyText({ by, since, phase }: LockHolder): string {
  const who = by ?? 'someone who left no name';
  const where = phase === null ? 'no worker has taken it up yet' : `phase ${phase}`;
  return `A rebuild for ${who} is under way since ${since}: ${where}.`;
}

/** Why a VM is left alone by what its rebuild would say, every reason; null where it may go ahead. */
export function skipOf(issues: readonly ValidationIssue[]): Skip {
  if (issues.length === 0) return null;
  const isProtected = issues.some(({ code }) => code === 'protected');
  return { code: isProtected ? 'protected' : 'validation-failed', reasons: issues.map(({ message }) => message) };
}
