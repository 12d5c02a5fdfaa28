import { type ReadMany, RegionPoller, type PollResult } from './region-poller.js';

/** Sightings of one VM, newest first: one that was not taken in time is replaced by the next. */
export interface Following {
  /** The newest result not taken yet, or the next one. Rejects with the signal's reason when it aborts. */
  readonly next: () => Promise<PollResult>;
  /**
   * Ends it. Call it always.
   * @param arrived - the transition ended as hoped, so that its duration is worth learning
   */
  readonly stop: (arrived: boolean) => void;
}

/** Watches VMs in any region, with one shared poll each. Made once per worker process. */
export interface StatusPoller {
  readonly subscribe: (
    vm: { readonly regionId: string; readonly instanceId: string },
    transition: string,
    signal: AbortSignal,
  ) => Following;
  /** VMs followed now, for metrics. */
  readonly size: () => number;
}

/** One {@link RegionPoller} a region, made when it is first needed. */
export function createStatusPoller(options: { readMany: ReadMany; intervalMs: number }): StatusPoller {
  const regions = new Map<string, RegionPoller>();
  const regionOf = (regionId: string): RegionPoller => {
    const region = regions.get(regionId) ?? new RegionPoller({ regionId, ...options });
    regions.set(regionId, region);
    return region;
  };
  return {
    subscribe: ({ regionId, instanceId }, transition, signal) =>
      followOne(regionOf(regionId), instanceId, transition, signal),
    size: () => [...regions.values()].reduce((sum, region) => sum + region.size, 0),
  };
}

function followOne(region: RegionPoller, instanceId: string, transition: string, signal: AbortSignal): Following {
  let latest: PollResult | null = null;
  let wake: () => void = () => undefined;
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  const unsubscribe = region.subscribe(instanceId, transition, (result) => {
    latest = result;
    wake();
  });
  const take = (): PollResult | null => {
    const taken = latest;
    latest = null;
    return taken;
  };
  return {
    next: async () => {
      for (;;) {
        signal.throwIfAborted();
        const result = take();
        if (result !== null) return result;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    stop: (arrived) => {
      signal.removeEventListener('abort', onAbort);
      unsubscribe(arrived);
    },
  };
}
