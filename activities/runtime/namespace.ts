import type { Claim, ClaimToMake, FleetHolder, RebuildEnd, RebuildRun } from '../../contracts/fleet-failures.js';
import type { FleetLock } from '../../contracts/fleet/fleet-ids.js';
import type { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { type Freeze, freezeText } from '../../contracts/freeze.js';
import type { VmRef } from '../../contracts/ids.js';
import type { ValidationIssue } from '../../contracts/rebuild-plan.js';
import type { LeftBehind } from '../../contracts/rerun-verdict.js';
import { failure } from './failure.js';

/**
 * What activities ask of the Temporal namespace that they run in. worker.ts hands it in, since activities/ knows no
 * connection. Each function rejects when the namespace cannot be asked: an answer that is lacking is never taken for
 * the one that lets an erase through.
 */
export interface Namespace extends FleetNamespace, BackupNamespace {
  /** The freeze under which no new erase may begin; null when the namespace is not frozen. */
  readonly freeze: () => Promise<Freeze | null>;
  /** What a run of a VM's rebuild finds that Temporal has reset: by the histories of the VM's runs, which the index names. */
  readonly leftBehind: (vm: VmRef, runId: string) => Promise<LeftBehind>;
}

/**
 * The freeze of the namespace, or null.
 * @throws ApplicationFailure TemporalUnreachable (retryable) when it cannot be asked: that never counts as not frozen
 */
export async function askFreeze(namespace: Pick<Namespace, 'freeze'>): Promise<Freeze | null> {
  return await askServer('tell whether the namespace is frozen', () => namespace.freeze());
}

/**
 * Asks Temporal's server for something that is decided by. That nobody could be asked is no answer: it is repeated.
 * @param what - for the message, for example `tell which fleet holds the name`
 * @throws ApplicationFailure TemporalUnreachable (retryable)
 */
export async function askServer<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw failure('TemporalUnreachable', `Nobody could ${what}: ${textOf(error)}`, { retryable: true });
  }
}

/** What the SDK says, with what the server said behind it. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

/** A rebuild under way, by the server's own state. */
export interface RebuildLock {
  readonly regionId: string;
  readonly instanceId: string;
  readonly runId: string;
  /** Null before a worker took it up. */
  readonly phase: string | null;
  /** The image that it puts on; null where it named none, undefined where nobody tells. */
  readonly imageId: string | null | undefined;
  /** Null before there is one. */
  readonly backupImageId: string | null;
}

/** What clearing backups away asks of the Temporal namespace. Each rejects when that cannot be asked. */
export interface BackupNamespace {
  /**
   * The locks that are held now: of these VMs, and of the rebuilds that the index shows in the region, all or those onto
   * one image. The index only adds to what is asked; each lock is told by the server's own state.
   */
  readonly rebuildLocks: (asked: {
    readonly regionId: string;
    readonly instanceIds: readonly string[];
    readonly ontoImageId?: string;
  }) => Promise<RebuildLock[]>;
  /**
   * The image that each VM had before the rebuild under way on it, as the rebuilds themselves tell: null where JD Cloud
   * named none, undefined where nobody tells.
   */
  readonly formerImages: (locks: readonly RebuildLock[]) => Promise<(string | null | undefined)[]>;
  /** Images that fleets under way in a region put on, or may put back; null where one does not tell. Which fleets there are only the index knows. */
  readonly imagesOfFleets: (
    regionId: string,
  ) => Promise<{ readonly operationId: string; readonly images: readonly string[] | null }[]>;
}

/** While the namespace is frozen no rebuild begins, whatever the VM. */
export function checkFreeze({ freeze }: { readonly freeze?: Freeze | null }): ValidationIssue[] {
  if (!freeze) return [];
  return [{ code: 'frozen', field: null, message: `The Temporal namespace is ${freezeText(freeze)}.` }];
}

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

/** How many schedules that start fleets there are, and how many of them were looked at, for each takes a question. */
export interface SchedulesRead {
  readonly found: number;
  readonly read: number;
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
  /** Hands over each schedule that may start a fleet in a region, one after another: what they hold may be large. */
  readonly visitSchedulesOf: (
    regionId: string,
    visit: (schedule: ScheduledSelection) => void,
  ) => Promise<SchedulesRead>;
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
