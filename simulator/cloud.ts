import type { Assumptions } from './assumptions.js';
import type { Clock } from './region/clock.js';
import { FaultBook } from './fault-book.js';
import { JournalBook } from './journal.js';
import { LiveRegion, type World } from './region/live-region.js';
import type { RegionState } from './region-state.js';
import { SignatureCheck, type SimulatorCredentials } from './wire/request-signature.js';
import { MinuteLimit } from './wire/throttle.js';
import type { Timing } from './timing.js';

/** The parts of a running simulator, without its HTTP server. */
export class Cloud {
  readonly world: World;
  readonly region: LiveRegion;
  readonly faults = new FaultBook();
  readonly signatures: SignatureCheck;
  readonly limit: MinuteLimit;

  constructor(
    state: RegionState,
    {
      credentials,
      timing,
      assumptions,
      clock,
    }: { credentials: SimulatorCredentials; timing: Timing; assumptions: Assumptions; clock: Clock },
    onChange: () => void,
  ) {
    this.world = { clock, timing, assumptions, journal: new JournalBook(() => clock.now(), onChange) };
    this.region = new LiveRegion(state, this.world);
    this.signatures = new SignatureCheck(credentials, assumptions, clock);
    this.limit = new MinuteLimit(assumptions);
  }

  /** The region with this id; any other than ours is empty. */
  regionOf(regionId: string): LiveRegion {
    if (regionId === this.region.regionId) return this.region;
    return new LiveRegion({ regionId, vms: [], images: [], keypairs: [], quotas: {} }, this.world);
  }
}
