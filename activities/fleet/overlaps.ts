import type { FleetNamespace } from './fleet-namespace.js';

/** VMs of an overlap that are named. */
const MOST_NAMED = 20;

/** A fleet under way that has VMs of a plan. */
export interface FleetOverlap {
  readonly operationId: string;
  /** How many; null where it cannot be told. */
  readonly count: number | null;
  /** The first of them. */
  readonly instanceIds: readonly string[];
}

/** The fleets that have some of these VMs, or may have. Pure. */
export function overlapsOf(
  fleets: Awaited<ReturnType<FleetNamespace['membersOfFleets']>>,
  instanceIds: readonly string[],
): FleetOverlap[] {
  const planned = new Set(instanceIds);
  return fleets.flatMap(({ operationId, instanceIds: members }): FleetOverlap[] => {
    if (members === null) return [{ operationId, count: null, instanceIds: [] }];
    const shared = members.filter((id) => planned.has(id));
    if (shared.length === 0) return [];
    return [{ operationId, count: shared.length, instanceIds: shared.slice(0, MOST_NAMED) }];
  });
}
