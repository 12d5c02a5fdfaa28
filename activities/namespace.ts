import type { Freeze } from '../contracts/fleet/freeze.js';
import type { LeftBehind } from '../contracts/earlier-run.js';
import type { VmRef } from '../contracts/ids.js';
import type { BackupNamespace } from './backup/backup-namespace.js';
import type { FleetNamespace } from './fleet/fleet-namespace.js';

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
