/** One request that reached the simulator. It is entered on arrival and completed when it is answered. */
export interface CallEntry {
  readonly kind: 'call';
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** JD Cloud's operation; `unknown` when no route fits. */
  readonly operation: string;
  readonly regionId: string | null;
  readonly instanceId: string | null;
  readonly requestId: string;
  /** Query and body as sent, without the password. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
  /** HTTP status answered; null while under way and when the connection was dropped. */
  readonly httpStatus: number | null;
  /** JD Cloud's status string of a refusal, for example `FAILED_PRECONDITION`. */
  readonly errorStatus: string | null;
  readonly errorMessage: string | null;
  /** Whether the call took effect (or was read), whatever was answered. */
  readonly performed: boolean;
  /** The fault that struck, in words; null when none did. */
  readonly fault: string | null;
}

/** One change of the status of a VM or an image. */
export interface ChangeEntry {
  readonly kind: 'change';
  readonly seq: number;
  readonly at: string;
  readonly instanceId: string | null;
  readonly imageId: string | null;
  readonly from: string;
  /** `deleted` when it is gone. */
  readonly to: string;
  /** Operation that caused the change, or `console` for someone else at work. */
  readonly by: string;
}

export type JournalEntry = CallEntry | ChangeEntry;

/** Which entries to read; what is absent does not matter. */
export interface CallFilter {
  readonly operation?: string;
  readonly instanceId?: string;
  readonly performed?: boolean;
}

export interface ChangeFilter {
  readonly instanceId?: string;
  readonly imageId?: string;
  readonly to?: string;
  readonly by?: string;
}

/** What a test or a person may read of the journal. Entries come in the order in which things happened. */
export interface Journal {
  entries: () => readonly JournalEntry[];
  calls: (filter?: CallFilter) => readonly CallEntry[];
  changes: (filter?: ChangeFilter) => readonly ChangeEntry[];
  /** Number of calls that took effect, also those whose answer was a fault: what reached the cloud. */
  effective: (operation: string, instanceId?: string) => number;
  clear: () => void;
}

/** Parts of a call entry that are known once it is answered. */
export type CallOutcome = Partial<
  Pick<
    CallEntry,
    'operation' | 'regionId' | 'instanceId' | 'params' | 'httpStatus' | 'errorStatus' | 'errorMessage' | 'performed'
  >
> & { readonly fault?: string; readonly warning?: string };

/** The journal as the simulator writes it. */
export class JournalBook implements Journal {
  #entries: JournalEntry[] = [];
  #seq = 0;
  readonly #now: () => number;
  readonly #onChange: () => void;

  constructor(now: () => number, onChange: () => void) {
    this.#now = now;
    this.#onChange = onChange;
  }

  /** Enters a call on its arrival and returns the function that completes the entry. */
  arrive(requestId: string): (outcome: CallOutcome) => void {
    let entry: CallEntry = {
      ...this.#stamp(),
      kind: 'call',
      operation: 'unknown',
      regionId: null,
      instanceId: null,
      requestId,
      params: {},
      warnings: [],
      httpStatus: null,
      errorStatus: null,
      errorMessage: null,
      performed: false,
      fault: null,
    };
    this.#entries.push(entry);
    return ({ fault, warning, ...known }) => {
      const completed: CallEntry = {
        ...entry,
        ...known,
        fault: [entry.fault, fault].filter((text) => text != null).join(', ') || null,
        warnings: warning === undefined ? entry.warnings : [...entry.warnings, warning],
      };
      this.#replace(entry, completed);
      entry = completed;
      this.#onChange();
    };
  }

  /** Enters a change of state. */
  change(change: Omit<ChangeEntry, 'kind' | 'seq' | 'at'>): void {
    this.#entries.push({ ...this.#stamp(), kind: 'change', ...change });
    this.#onChange();
  }

  entries(): readonly JournalEntry[] {
    return [...this.#entries];
  }

  calls(filter: CallFilter = {}): readonly CallEntry[] {
    return this.#entries.filter((entry) => entry.kind === 'call').filter((entry) => matches(entry, filter));
  }

  changes(filter: ChangeFilter = {}): readonly ChangeEntry[] {
    return this.#entries.filter((entry) => entry.kind === 'change').filter((entry) => matches(entry, filter));
  }

  effective(operation: string, instanceId?: string): number {
    return this.calls({ operation, performed: true, ...(instanceId !== undefined && { instanceId }) }).length;
  }

  clear(): void {
    this.#entries = [];
  }

  #stamp(): { seq: number; at: string } {
    return { seq: ++this.#seq, at: new Date(this.#now()).toISOString() };
  }

  #replace(old: JournalEntry, completed: JournalEntry): void {
    const index = this.#entries.lastIndexOf(old);
    if (index >= 0) this.#entries[index] = completed;
  }
}

function matches(entry: object, filter: object): boolean {
  return Object.entries(filter).every(([key, wanted]) => wanted === undefined || Reflect.get(entry, key) === wanted);
}

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

interface Watcher {
  readonly holds: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Callers that wait for something to become true. They are asked at every change, not by the clock. */
export class Watchers {
  readonly #watchers = new Set<Watcher>();

  /** Resolves once `holds()` is true. Rejects after `timeoutMs`, when it throws, and on close. */
  async wait(holds: () => boolean, timeoutMs: number): Promise<void> {
    if (holds()) return;
    const { promise, resolve, reject } = withResolvers();
    const watcher = { holds, resolve, reject };
    const timer = setTimeout(
      () => reject(new Error(`not true within ${timeoutMs} ms: ${holds.toString()}`)),
      timeoutMs,
    );
    this.#watchers.add(watcher);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#watchers.delete(watcher);
    }
  }

  /** Something has changed. */
  notify(): void {
    for (const watcher of this.#watchers) {
      try {
        if (watcher.holds()) watcher.resolve();
      } catch (error) {
        watcher.reject(error);
      }
    }
  }

  /** Rejects all who still wait. */
  close(): void {
    for (const { reject } of this.#watchers) reject(new Error('the simulator was closed'));
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } {
  let resolve = (): void => {};
  let reject = (_error: unknown): void => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
