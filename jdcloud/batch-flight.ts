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
