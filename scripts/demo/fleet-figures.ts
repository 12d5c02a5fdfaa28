import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { erasesIn, type JournalEntry, mostDownIn, performedIn } from '../../simulator/model/journal.js';

/** What a journal shows of a fleet that is over. */
export interface FleetFigures {
  /** How often the system disk of each VM was erased. */
  readonly erased: ReadonlyMap<string, number>;
  /** Most VMs that did not run at one time. */
  readonly mostDown: number;
  /** The same by zone. */
  readonly mostDownIn: ReadonlyMap<string, number>;
  /** When the first VM after the canary was told to stop; null: none was. */
  readonly firstAfterCanary: string | null;
}

/** Counts from what reached the cloud, not from what the fleet says of itself. All VMs run at first. Pure. */
export function figuresOf(entries: readonly JournalEntry[], { rows }: Pick<FleetPlan, 'rows'>): FleetFigures {
  const isCanary = new Set(rows.filter(({ wave }) => wave === 0).map(({ instanceId }) => instanceId));
  const never = rows.map(({ instanceId }) => [instanceId, 0] as const);
  const { inAll, byPlace } = mostDownIn(
    entries,
    rows.map(({ instanceId, az }) => ({ instanceId, places: [az ?? ''] })),
  );
  const first = performedIn(entries).find(
    ({ operation, instanceId }) => operation === 'stopInstance' && !isCanary.has(instanceId ?? ''),
  );
  return {
    erased: new Map([...never, ...erasesIn(entries)]),
    mostDown: inAll,
    mostDownIn: byPlace,
    firstAfterCanary: first?.at ?? null,
  };
}
