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

export interface LoadOptions {
  /** The answer must come from a call that began after this ask. @default false */
  readonly fresh?: boolean;
  /** Drops this ask alone. The call ends too when nobody else waits for it. */
  readonly signal?: AbortSignal;
}

export interface Batcher<Value> {
  /** Rejects with what `load` threw, for every ask of that call, or with the signal's reason. */
  readonly load: (key: string, options?: LoadOptions) => Promise<Value>;
}

/** How long asks wait for a call under way before they make one of their own: one stalled connection must not hold a region up. */
const MAX_WAIT_MS = 2_000;

/**
 * Turns single asks into few calls. What arrives within `windowMs`, or while a call is under way,
 * becomes one call, unless that one stalls; more than `maxKeys` become several at once. Equal keys are asked for once.
 */
export function createBatcher<Value extends {}>(options: BatcherOptions<Value>): Batcher<Value> {
  const { windowMs, maxKeys, now = () => performance.now() } = options;
  const kept = createKeptAnswers(options, now);
  const batches = new Set<Batch<Value>>();
  const queue = new Map<string, PendingKey<Value>>();
  let timer: NodeJS.Timeout | null = null;
  let overdue: NodeJS.Timeout | undefined;
  let isDue = false;

  function launch(): void {
    const pendingKeys = [...queue.values()];
    queue.clear();
    isDue = false;
    clearTimeout(overdue);
    for (let first = 0; first < pendingKeys.length; first += maxKeys) {
      const startedAt = now();
      const batch = startBatch(pendingKeys.slice(first, first + maxKeys), {
        load: options.load,
        onLoaded: (values) => kept.keep(values, startedAt),
        onEnd: () => {
          batches.delete(batch);
          if (isDue && batches.size === 0) launch();
        },
      });
      batches.add(batch);
    }
  }

  function queued(key: string): PendingKey<Value> {
    const pending = queue.get(key) ?? createPendingKey<Value>(key, () => queue.delete(key));
    queue.set(key, pending);
    if (!isDue) {
      timer ??= setTimeout(() => {
        timer = null;
        isDue = true;
        if (batches.size === 0) launch();
        else overdue = setTimeout(launch, MAX_WAIT_MS);
      }, windowMs);
    }
    return pending;
  }

  function underWay(key: string): PendingKey<Value> | undefined {
    for (const batch of batches) {
      const pending = batch.pending(key);
      if (pending !== undefined) return pending;
    }
    return undefined;
  }

  return {
    async load(key, { fresh = false, signal } = {}) {
      signal?.throwIfAborted();
      const value = fresh ? undefined : kept.find(key);
      if (value !== undefined) return value;
      const pending = (fresh ? undefined : underWay(key)) ?? queued(key);
      return pending.wait(signal);
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

/** A key that is asked for, and all who wait for it. Moves from the queue into a batch. */
export interface PendingKey<Value> {
  readonly key: string;
  /** Waits for the value. An abort rejects this wait alone and calls `onEmpty` when it was the last. */
  readonly wait: (signal?: AbortSignal) => Promise<Value>;
  readonly isEmpty: () => boolean;
  readonly settle: (settle: (caller: Caller<Value>) => void) => void;
  /** What to do when the last one has left. */
  onEmpty: () => void;
}

/** Makes a key that nobody waits for yet. */
export function createPendingKey<Value>(key: string, onEmpty: () => void): PendingKey<Value> {
  const callers = new Set<Caller<Value>>();
  const pending: PendingKey<Value> = {
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
          if (callers.size === 0) pending.onEmpty();
        };
        callers.add(caller);
        signal?.addEventListener('abort', abort, { once: true });
      }),
  };
  return pending;
}

/** One call under way, and the keys that it reads. */
export interface Batch<Value> {
  readonly pending: (key: string) => PendingKey<Value> | undefined;
}

interface BatchOptions<Value> {
  readonly load: (keys: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, Value>>;
  readonly onLoaded: (values: ReadonlyMap<string, Value>) => void;
  /** Called once: answered, failed, or aborted because nobody waited any more. */
  readonly onEnd: () => void;
}

/** Begins a call for `pendingKeys`. It is aborted when nobody waits for any of them any more. */
export function startBatch<Value>(
  pendingKeys: readonly PendingKey<Value>[],
  options: BatchOptions<Value>,
): Batch<Value> {
  const controller = new AbortController();
  const byKey = new Map(pendingKeys.map((pending) => [pending.key, pending]));
  let hasEnded = false;

  function end(settle: (caller: Caller<Value>, key: string) => void): void {
    if (hasEnded) return;
    hasEnded = true;
    options.onEnd();
    for (const pending of pendingKeys) pending.settle((caller) => settle(caller, pending.key));
  }

  for (const pending of pendingKeys) {
    pending.onEmpty = () => {
      if (!pendingKeys.every((other) => other.isEmpty())) return;
      end(() => {});
      controller.abort();
    };
  }

  async function run(): Promise<void> {
    await Promise.resolve(); // so that even a `load` that throws at once ends a batch that is known
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
  return { pending: (key) => byKey.get(key) };
}
