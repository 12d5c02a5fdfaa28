import { setImmediate as nextTurn } from 'node:timers/promises';

/** One call of a batched load, ended by the test. */
export interface LoadCall {
  readonly keys: readonly string[];
  readonly signal: AbortSignal;
  /** Order among all asks and calls of the test. */
  readonly startedAt: number;
  readonly succeed: () => Promise<void>;
  readonly fail: (error: Error) => Promise<void>;
}

/** What a controlled load gives for a key. */
export interface LoadedValue {
  readonly key: string;
  readonly call: LoadCall;
}

/** A load whose calls wait until the test ends them. `tick` counts one step of the test's own order. */
export function controlledLoad(tick: () => number = () => 0) {
  const calls: LoadCall[] = [];
  const load = (keys: readonly string[], signal: AbortSignal) =>
    new Promise<Map<string, LoadedValue>>((resolve, reject) => {
      const call: LoadCall = {
        keys,
        signal,
        startedAt: tick(),
        succeed: () => (resolve(new Map(keys.map((key) => [key, { key, call }]))), settled()),
        fail: (error) => (reject(error), settled()),
      };
      calls.push(call);
    });
  return { calls, load };
}

/** Lets all promise callbacks run that can. */
export async function settled(): Promise<void> {
  await nextTurn();
}
