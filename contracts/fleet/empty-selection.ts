import { unknownRegionNote } from '../known-regions.js';
import type { FleetPlan } from './fleet-plan.js';

/**
 * Why a plan means nobody, where it does: a mistyped tag selects no VM, and a pattern that is too wide excludes them all.
 * Null where VMs are left, rebuilt or not. Ends no sentence: `allowEmpty` of the fleet says whether it may be.
 */
export function whyEmpty({ spec, rows }: Pick<FleetPlan, 'spec' | 'rows'>): string | null {
  if (rows.length === 0) return `${spec.name} selects no VM of ${spec.regionId}${unknownRegionNote(spec.regionId)}`;
  if (rows.some(({ skip }) => skip?.code !== 'excluded')) return null;
  const all = rows.length === 1 ? 'the only VM' : `all ${rows.length} VMs`;
  return `${spec.name} excludes ${all} that it selects`;
}
