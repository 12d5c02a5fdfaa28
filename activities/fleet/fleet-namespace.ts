import type { Claim, ClaimToMake } from '../../contracts/fleet/claim.js';
import type { FleetHolder } from '../../contracts/fleet/fleet-holder.js';
import type { RebuildEnd, RebuildRun } from '../../contracts/fleet/rebuild-end.js';
import type { FleetLock } from '../../contracts/fleet/fleet-ids.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import type { VmRef } from '../../contracts/ids.js';

/** A rebuild that holds the lock of a VM. */
export interface LockHolder {
  readonly instanceId: string;
  /** Who asked for it; null where they left no name. */
  readonly by: string | null;
  /** ISO 8601, UTC, by the server's clock. */
  readonly since: string;
  /** Null before a worker took it up. */
  readonly phase: string | null;
}

/** The rebuild that holds the lock of a VM, or had it last. */
export interface LastRebuild {
  /** ISO 8601, UTC, by the server's clock. */
  readonly startedAt: string;
  /** What it writes on the VM with its rebuild call; null where that cannot be read. */
  readonly marker: string | null;
}

/** A schedule that is not paused, and may start a fleet in the region that was asked for. */
export interface ScheduledSelection {
  readonly scheduleId: string;
  /** When it fires next (ISO 8601, UTC); null for never. */
  readonly nextAt: string | null;
  /** Null where it cannot be read. */
  readonly fleet: Pick<FleetSpec, 'name' | 'select' | 'exclude'> | null;
}

/** What fleets ask of the Temporal namespace: its index, which lags by a moment, save for locks and claims. Each rejects when that cannot be asked. */
export interface FleetNamespace {
  /** Who holds the locks of these VMs, 100 at most; of those that are free nothing. */
  readonly lockHolders: (vms: {
    readonly regionId: string;
    readonly instanceIds: readonly string[];
  }) => Promise<LockHolder[]>;
  /** How many seconds each of the last rebuilds took that were done in a region, 1000 at most: those with a backup, or those without. */
  readonly doneRebuilds: (kind: { readonly regionId: string; readonly hasBackup: boolean }) => Promise<number[]>;
  /** Whether a rebuild onto the image was done before. */
  readonly wasRebuiltOnto: (imageId: string) => Promise<boolean>;
  /** The VMs of each fleet under way in a region, those that it is done with too; null where they cannot be read. */
  readonly membersOfFleets: (
    regionId: string,
  ) => Promise<{ readonly operationId: string; readonly instanceIds: readonly string[] | null }[]>;
  /** The schedules that may start a fleet in a region, 200 at most. */
  readonly schedulesOf: (regionId: string) => Promise<ScheduledSelection[]>;
  /** The rebuild that holds the lock of a VM, or had it last, by the server's own state; null where none is known. */
  readonly lastRebuild: (vm: VmRef) => Promise<LastRebuild | null>;
  /** The fleet that holds a name in a region, by the server's own state; null where none runs. */
  readonly fleetHolder: (lock: FleetLock) => Promise<FleetHolder | null>;
  /** How a rebuild ended, by the run in which it began; null while it is under way. */
  readonly rebuildEnd: (rebuild: VmRef & RebuildRun) => Promise<RebuildEnd | null>;
  /** Whether the server takes a payload of so many bytes. */
  readonly takesPayload: (bytes: number) => Promise<boolean>;
  /** Makes a claim unless there is one, and tells whose it is then. @param taskQueue - whose workers end the claim's workflow */
  readonly claim: (claim: ClaimToMake, taskQueue: string) => Promise<Claim>;
}
