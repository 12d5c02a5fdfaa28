import type { CallEntry, JournalEntry } from './journal.js';

/** A VM whose absence is counted. */
export interface CountedVm {
  readonly instanceId: string;
  /** Where it counts besides in all, such as its zone. */
  readonly places: readonly string[];
  /** Whether it did not run when the journal began. @default false */
  readonly isDown?: boolean;
}

/** Most VMs that did not run at one time. */
export interface MostDown {
  readonly inAll: number;
  /** By place, in the order of their names. */
  readonly byPlace: ReadonlyMap<string, number>;
}

/** How often the system disk of each VM was erased, by what took effect and not by what was answered. */
export function erasesIn(entries: readonly JournalEntry[]): Map<string, number> {
  const erases = new Map<string, number>();
  for (const { operation, instanceId } of performedIn(entries))
    if (operation === 'rebuildInstance' && instanceId !== null)
      erases.set(instanceId, (erases.get(instanceId) ?? 0) + 1);
  return erases;
}

/** The calls that took effect, in their order. */
export function performedIn(entries: readonly JournalEntry[]): CallEntry[] {
  return entries.filter((entry) => entry.kind === 'call').filter(({ performed }) => performed);
}

/** Counts VMs that do not run at each instant, over all that the journal shows. A VM that is deleted runs no more. */
export function mostDownIn(entries: readonly JournalEntry[], vms: readonly CountedVm[]): MostDown {
  const placesOf = new Map(vms.map(({ instanceId, places }) => [instanceId, places]));
  const places = [...new Set(vms.flatMap((vm) => vm.places))].toSorted();
  const down = new Set<string>();
  const now = new Map(places.map((place) => [place, 0]));
  const most = new Map(now);
  let inAll = 0;
  const turn = (instanceId: string, isDown: boolean) => {
    if (down.has(instanceId) === isDown) return;
    if (isDown) down.add(instanceId);
    else down.delete(instanceId);
    inAll = Math.max(inAll, down.size);
    for (const place of placesOf.get(instanceId) ?? []) {
      const count = (now.get(place) ?? 0) + (isDown ? 1 : -1);
      now.set(place, count);
      most.set(place, Math.max(most.get(place) ?? 0, count));
    }
  };
  for (const { instanceId, isDown = false } of vms) turn(instanceId, isDown);
  for (const entry of entries)
    if (entry.kind === 'change' && entry.instanceId !== null) turn(entry.instanceId, entry.to !== 'running');
  return { inAll, byPlace: most };
}

/** Most moments that fall within a span of time, wherever it begins. @param moments - in order */
export function mostWithin(moments: readonly number[], span: number): number {
  let first = 0;
  let most = 0;
  moments.forEach((moment, index) => {
    while (moment - (moments[first] ?? moment) >= span) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}
