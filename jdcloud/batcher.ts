export interface BatcherOptions<Value> {
  /** Loads up to `maxKeys` keys by one call. The map must hold each of them. */
  readonly load: (keys: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, Value>>;
  /** Milliseconds that an ask waits for others to share its call. */
  readonly windowMs: number;
  readonly maxKeys: number;
  /** How old an answer may be and still serve an ask that is not fresh, counted from the beginning of its call. @default 0 */
  readonly maxAgeMs?: number;
  /** Which answers may be kept at all. @default all */
  readonly mayKeep?: (value: Value) => boolean;
  /** Milliseconds of a steady clock. */
  readonly now?: () => number;
}

export interface AskOptions {
  /** The answer must come from a call that began after this ask. @default false */
  readonly fresh?: boolean;
  /** Drops this ask alone. The call ends too when nobody else waits for it. */
  readonly signal?: AbortSignal;
}

export interface Batcher<Value> {
  /** Rejects with what `load` threw, for every ask of that call, or with the signal's reason. */
  readonly ask: (key: string, options?: AskOptions) => Promise<Value>;
}

/** How long asks wait for a call under way before they make one of their own: one stalled connection must not hold a region up. */
const PATIENCE_MS = 2_000;

/**
 * Turns single asks into few calls. What arrives within `windowMs`, or while a call is under way,
 * becomes one call, unless that one stalls; more than `maxKeys` become several at once. Equal keys are asked for once.
 */
export function createBatcher<Value extends {}>(options: BatcherOptions<Value>): Batcher<Value> {
  const { windowMs, maxKeys, now = () => performance.now() } = options;
  const kept = createKeptAnswers(options, now);
  const flights = new Set<Flight<Value>>();
  const queue = new Map<string, Seat<Value>>();
  let timer: NodeJS.Timeout | null = null;
  let overdue: NodeJS.Timeout | undefined;
  let isDue = false;

  function launch(): void {
    const seats = [...queue.values()];
    queue.clear();
    isDue = false;
    clearTimeout(overdue);
    for (let first = 0; first < seats.length; first += maxKeys) {
      const startedAt = now();
      const flight = startFlight(seats.slice(first, first + maxKeys), {
        load: options.load,
        onLoaded: (values) => kept.keep(values, startedAt),
        onEnd: () => {
          flights.delete(flight);
          if (isDue && flights.size === 0) launch();
        },
      });
      flights.add(flight);
    }
  }

  function queued(key: string): Seat<Value> {
    const seat = queue.get(key) ?? createSeat<Value>(key, () => queue.delete(key));
    queue.set(key, seat);
    if (!isDue) {
      timer ??= setTimeout(() => {
        timer = null;
        isDue = true;
        if (flights.size === 0) launch();
        else overdue = setTimeout(launch, PATIENCE_MS);
      }, windowMs);
    }
    return seat;
  }

  function underWay(key: string): Seat<Value> | undefined {
    for (const flight of flights) {
      const seat = flight.seat(key);
      if (seat !== undefined) return seat;
    }
    return undefined;
  }

  return {
    async ask(key, { fresh = false, signal } = {}) {
      signal?.throwIfAborted();
      const value = fresh ? undefined : kept.find(key);
      if (value !== undefined) return value;
      const seat = (fresh ? undefined : underWay(key)) ?? queued(key);
      return seat.wait(signal);
    },
  };
}

function createKeptAnswers<Value>(
  { maxAgeMs = 0, mayKeep = () => true }: Pick<BatcherOptions<Value>, 'maxAgeMs' | 'mayKeep'>,
  now: () => number,
) {
  const kept = new Map<string, { readonly value: Value; readonly startedAt: number }>();
  const isYoung = (startedAt: number) => now() - startedAt <= maxAgeMs;
  return {
    find(key: string): Value | undefined {
      const answer = kept.get(key);
      return answer !== undefined && isYoung(answer.startedAt) ? answer.value : undefined;
    },
    keep(values: ReadonlyMap<string, Value>, startedAt: number): void {
      if (maxAgeMs <= 0) return;
      for (const [key, answer] of kept) if (!isYoung(answer.startedAt)) kept.delete(key);
      for (const [key, value] of values) {
        if (mayKeep(value)) kept.set(key, { value, startedAt });
        else kept.delete(key);
      }
    },
  };
}

/** One who waits for a value. */
interface Caller<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (reason: unknown) => void;
}

/** A key that is asked for, and all who wait for it. Moves from the queue into a flight. */
export interface Seat<Value> {
  readonly key: string;
  /** Waits for the value. An abort rejects this wait alone and calls `onEmpty` when it was the last. */
  readonly wait: (signal?: AbortSignal) => Promise<Value>;
  readonly isEmpty: () => boolean;
  readonly settle: (settle: (caller: Caller<Value>) => void) => void;
  /** What to do when the last one has left. */
  onEmpty: () => void;
}

/** Makes an empty seat. */
export function createSeat<Value>(key: string, onEmpty: () => void): Seat<Value> {
  const callers = new Set<Caller<Value>>();
  const seat: Seat<Value> = {
    key,
    onEmpty,
    isEmpty: () => callers.size === 0,
    settle: (settle) => {
      const waiting = [...callers];
      callers.clear();
      waiting.forEach(settle);
    },
    wait: (signal) =>
      new Promise<Value>((resolve, reject) => {
        const stopListening = () => signal?.removeEventListener('abort', abort);
        const caller: Caller<Value> = {
          resolve: (value) => (stopListening(), resolve(value)),
          reject: (reason) => (stopListening(), reject(reason)),
        };
        const abort = () => {
          callers.delete(caller);
          caller.reject(signal?.reason);
          if (callers.size === 0) seat.onEmpty();
        };
        callers.add(caller);
        signal?.addEventListener('abort', abort, { once: true });
      }),
  };
  return seat;
}

/** One call under way for the seats in it. */
export interface Flight<Value> {
  readonly seat: (key: string) => Seat<Value> | undefined;
}

interface FlightOptions<Value> {
  readonly load: (keys: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, Value>>;
  readonly onLoaded: (values: ReadonlyMap<string, Value>) => void;
  /** Called once: answered, failed, or aborted because nobody waited any more. */
  readonly onEnd: () => void;
}

/** Begins a call for `seats`. It is aborted when the last seat empties. */
export function startFlight<Value>(seats: readonly Seat<Value>[], options: FlightOptions<Value>): Flight<Value> {
  const controller = new AbortController();
  const byKey = new Map(seats.map((seat) => [seat.key, seat]));
  let hasEnded = false;

  function end(settle: (caller: Caller<Value>, key: string) => void): void {
    if (hasEnded) return;
    hasEnded = true;
    options.onEnd();
    for (const seat of seats) seat.settle((caller) => settle(caller, seat.key));
  }

  for (const seat of seats) {
    seat.onEmpty = () => {
      if (!seats.every((other) => other.isEmpty())) return;
      end(() => {});
      controller.abort();
    };
  }

  async function run(): Promise<void> {
    await Promise.resolve(); // so that even a `load` that throws at once ends a flight that is known
    try {
      const values = await options.load([...byKey.keys()], controller.signal);
      if (!hasEnded) options.onLoaded(values);
      end((caller, key) => {
        const value = values.get(key);
        if (value === undefined) caller.reject(new Error(`the batched answer says nothing of ${key}`));
        else caller.resolve(value);
      });
    } catch (error) {
      end((caller) => caller.reject(error));
    }
  }
  void run();
  return { seat: (key) => byKey.get(key) };
}
