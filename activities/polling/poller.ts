import { type ReadMany, RegionWatcher, type Sighting } from './region-poller.js';

/** Sightings of one VM, newest first: one that was not taken in time is replaced by the next. */
export interface Following {
  /** The newest sighting not taken yet, or the next one. Rejects with the signal's reason when it aborts. */
  readonly next: () => Promise<Sighting>;
  /**
   * Ends it. Call it always.
   * @param arrived - the transition ended as hoped, so that its duration is worth learning
   */
  readonly stop: (arrived: boolean) => void;
}

/** Watches VMs in any region, with one shared poll each. Made once per worker process. */
export interface Watcher {
  readonly follow: (
    vm: { readonly regionId: string; readonly instanceId: string },
    transition: string,
    signal: AbortSignal,
  ) => Following;
  /** VMs followed now, for metrics. */
  readonly size: () => number;
}

/** One {@link RegionWatcher} a region, made when it is first needed. */
export function createWatcher(options: { readMany: ReadMany; intervalMs: number }): Watcher {
  const regions = new Map<string, RegionWatcher>();
  const regionOf = (regionId: string): RegionWatcher => {
    const region = regions.get(regionId) ?? new RegionWatcher({ regionId, ...options });
    regions.set(regionId, region);
    return region;
  };
  return {
    follow: ({ regionId, instanceId }, transition, signal) =>
      followOne(regionOf(regionId), instanceId, transition, signal),
    size: () => [...regions.values()].reduce((sum, region) => sum + region.size, 0),
  };
}

function followOne(region: RegionWatcher, instanceId: string, transition: string, signal: AbortSignal): Following {
  let latest: Sighting | null = null;
  let wake: () => void = () => undefined;
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  const unfollow = region.follow(instanceId, transition, (sighting) => {
    latest = sighting;
    wake();
  });
  const take = (): Sighting | null => {
    const taken = latest;
    latest = null;
    return taken;
  };
  return {
    next: async () => {
      for (;;) {
        signal.throwIfAborted();
        const sighting = take();
        if (sighting !== null) return sighting;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    stop: (arrived) => {
      signal.removeEventListener('abort', onAbort);
      unfollow(arrived);
    },
  };
}
