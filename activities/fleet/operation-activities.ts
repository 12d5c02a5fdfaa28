import { cancellationSignal } from '@temporalio/activity';
import type { VmRef } from '../../contracts/ids.js';
import { isRollbackOf, UNKNOWN_OPERATION } from '../../contracts/names.js';
import { RefusedError } from '../../jdcloud/errors.js';
import type { VmReader } from '../../jdcloud/reader.js';
import { toApplicationFailure } from '../failure.js';
import { markerOf } from '../metadata.js';
import { operationDigest } from '../operation-digest.js';
import type { Timing } from '../timing.js';
import { askServer } from '../ask-server.js';
import type { FleetNamespace, LastRebuild } from './fleet-namespace.js';

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
