import type { FleetPlan } from '../contracts/fleet/fleet-plan.js';
import type { CallEntry, JournalEntry } from '../simulator/journal.js';

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
  const zoneOf = new Map(rows.map(({ instanceId, az }) => [instanceId, az ?? '']));
  const isCanary = new Set(rows.filter(({ wave }) => wave === 0).map(({ instanceId }) => instanceId));
  const erased = new Map(rows.map(({ instanceId }) => [instanceId, 0]));
  const performed = entries.filter(isPerformed);
  for (const { operation, instanceId } of performed)
    if (operation === 'rebuildInstance' && instanceId !== null)
      erased.set(instanceId, (erased.get(instanceId) ?? 0) + 1);
  const first = performed.find(
    ({ operation, instanceId }) => operation === 'stopInstance' && !isCanary.has(instanceId ?? ''),
  );
  return { erased, ...mostDownOf(entries, zoneOf), firstAfterCanary: first?.at ?? null };
}

function isPerformed(entry: JournalEntry): entry is CallEntry {
  return entry.kind === 'call' && entry.performed;
}

function mostDownOf(
  entries: readonly JournalEntry[],
  zoneOf: ReadonlyMap<string, string>,
): Pick<FleetFigures, 'mostDown' | 'mostDownIn'> {
  const down = new Set<string>();
  const mostDownIn = new Map([...new Set(zoneOf.values())].toSorted().map((zone) => [zone, 0]));
  let mostDown = 0;
  for (const entry of entries) {
    if (entry.kind !== 'change' || entry.instanceId === null) continue;
    if (entry.to === 'running') down.delete(entry.instanceId);
    else down.add(entry.instanceId);
    mostDown = Math.max(mostDown, down.size);
    for (const [zone, most] of mostDownIn) {
      const inZone = [...down].filter((instanceId) => zoneOf.get(instanceId) === zone).length;
      mostDownIn.set(zone, Math.max(most, inZone));
    }
  }
  return { mostDown, mostDownIn };
}
