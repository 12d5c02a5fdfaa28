import type { Assumptions, Timing } from '../model/assumptions.js';
import type { Clock } from '../model/clock.js';
import { FaultBook, type FaultTarget, isRead, seededDraw, type StaleFault } from '../model/fault-rule.js';
import { JournalBook } from '../model/journal.js';
import type { RegionState } from '../model/region-state.js';
import { LiveRegion, type World } from '../region/live-region.js';
import { SignatureCheck, type SimulatorCredentials } from './request-signature.js';
import { MinuteLimit } from './wire-answer.js';

/** The parts of a running simulator, without its HTTP server. */
export class Cloud {
  readonly world: World;
  readonly region: LiveRegion;
  readonly faults = new FaultBook();
  readonly signatures: SignatureCheck;
  readonly limit: MinuteLimit;
  readonly #drawReplica = seededDraw(1);

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

  /** How a read is stale: by a fault, or since it comes from a replica that is behind; null when it is not. */
  staleRead(target: FaultTarget): StaleFault | null {
    const { replicaLagMs: withinMs } = this.world.assumptions;
    const fault = this.faults.stale(target);
    if (fault !== null || withinMs === 0 || !isRead(target.operation)) return fault;
    // One of three replicas, of which the first is up to date.
    const replica = Math.floor(this.#drawReplica() * 3);
    return replica === 0 ? null : { stale: replica === 1 ? 1 : 2, withinMs };
  }

  /** The region with this id; any other than ours is empty. */
  regionOf(regionId: string): LiveRegion {
    if (regionId === this.region.regionId) return this.region;
    return new LiveRegion({ regionId, vms: [], images: [], keypairs: [], quotas: {} }, this.world);
  }
}
