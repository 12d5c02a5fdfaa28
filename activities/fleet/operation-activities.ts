import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { Claim, ClaimToMake, FleetHolder } from '../../contracts/fleet-failures.js';
import type { FleetLock } from '../../contracts/fleet/fleet-ids.js';
import type { VmRef } from '../../contracts/ids.js';
import { isRollbackOf, UNKNOWN_OPERATION } from '../../contracts/names.js';
import { RefusedError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import { markerOf, operationDigest } from '../checks/metadata.js';
import { failure, toApplicationFailure } from '../runtime/failure.js';
import { askServer, type FleetNamespace, type LastRebuild } from '../runtime/namespace.js';
import type { Timing } from '../runtime/time.js';

export interface OperationDeps {
  readonly reader: Pick<VmReader, 'customData'>;
  readonly namespace: Pick<FleetNamespace, 'lastRebuild'>;
  readonly timing: Timing;
}

/** Finds out who has rebuilt a VM last. Touches nothing. */
export function createOperationActivities({ reader, namespace, timing }: OperationDeps) {
  return {
    /**
     * Which operation had rebuilt a VM last whose lock was held when a fleet tried it: the digest of its marker, for
     * `onlyAfterOperation`. It is `UNKNOWN_OPERATION` where that is the one that held the lock, and where nobody can tell:
     * its metadata may not be read, the lock has changed hands since, or the holder's memo cannot be decrypted.
     * @param input.triedAt - when the fleet tried it, ISO 8601, by the server's clock
     * @throws ApplicationFailure TemporalUnreachable and JdCloudUnavailable (retryable)
     */
    async readLastOperation({ vm, triedAt }: { readonly vm: VmRef; readonly triedAt: string }): Promise<string> {
      // The marker first: whoever holds the lock after it was read may still write another one.
      const marker = await readMarker(reader, vm, timing);
      const holder = await askServer('tell who holds the VM', () => namespace.lastRebuild(vm));
      const isHolder = holder !== null && Date.parse(holder.startedAt) <= Date.parse(triedAt);
      if (marker === undefined || !isHolder || isOf(marker, holder)) return UNKNOWN_OPERATION;
      return operationDigest(marker);
    },
  };
}

/** Undefined where it may not be read. */
async function readMarker(
  reader: OperationDeps['reader'],
  vm: VmRef,
  timing: Timing,
): Promise<string | null | undefined> {
  try {
    return markerOf(await reader.customData(vm, { fresh: true, signal: cancellationSignal() }));
  } catch (error) {
    if (error instanceof RefusedError) return undefined;
    throw toApplicationFailure(error, { timing });
  }
}

/** Whether the marker is that of this rebuild, or of its rollback, or may be. */
function isOf(marker: string | null, { marker: own }: LastRebuild): boolean {
  return marker !== null && (own === null || marker === own || isRollbackOf(marker, own));
}

export interface ClaimDeps {
  readonly namespace: Pick<FleetNamespace, 'claim' | 'fleetHolder' | 'takesPayload'>;
}

/** Asks the server for whom a name is held and what is used up. Touches no VM. */
export function createClaimActivities({ namespace }: ClaimDeps) {
  return {
    /**
     * Makes a claim, or finds whose it is. Safe to repeat: whoever made it before finds its own holder in it.
     * @throws ApplicationFailure TemporalUnreachable (retryable): that nobody could be asked is no claim · ServerLimit: the
     * server would not take what the fleet hands on when it continues as new, and would end it in the middle of its VMs
     */
    async makeClaim(claim: ClaimToMake): Promise<Claim> {
      const { payloadBytes = 0 } = claim;
      const takes = await askServer('tell how much the server takes', () => namespace.takesPayload(payloadBytes));
      if (!takes) throw failure('ServerLimit', tooLittleText(payloadBytes));
      return await askServer('lay claim to the plan', () => namespace.claim(claim, activityInfo().taskQueue));
    },

    /** The fleet that holds a name in a region; null where none runs. @throws ApplicationFailure TemporalUnreachable (retryable) */
    readFleetHolder: (lock: FleetLock): Promise<FleetHolder | null> =>
      askServer('tell which fleet holds the name', () => namespace.fleetHolder(lock)),
  };
}

function tooLittleText(bytes: number): string {
  return `The fleet needs payloads of ${bytes} bytes, and the Temporal server takes no such (limit.blobSize.error). Nothing was touched. Make several fleets of it, or raise the limit.`;
}
