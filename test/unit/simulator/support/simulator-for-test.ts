import { type Simulator, type SimulatorOptions, startSimulator } from '../../../../simulator/start-simulator.js';

/** What a test's context offers. */
export interface Scope {
  readonly after: (cleanUp: () => Promise<void>) => void;
}

/** Longer than any test: a VM stays in a status for good. */
export const FOREVER_MS = 3_600_000;

/** Nothing that was begun ever ends by itself; `act.release` ends it. */
export const FROZEN = {
  compress: 1,
  timing: {
    stopping: FOREVER_MS,
    starting: FOREVER_MS,
    rebooting: FOREVER_MS,
    rebuilding: FOREVER_MS,
    creatingImage: FOREVER_MS,
    deleting: FOREVER_MS,
    acceptedVisibleAfter: FOREVER_MS,
  },
} as const satisfies SimulatorOptions;

/** A simulator a thousand times as fast as the default, closed with the test. */
export async function simulatorFor(scope: Scope, options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ compress: 1000, ...options });
  scope.after(() => simulator.close());
  return simulator;
}
