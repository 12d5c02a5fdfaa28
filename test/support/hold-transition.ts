import type { Simulator } from '../../simulator/start-simulator.js';

/** Far longer than a busy machine takes to bring a VM that far: only a test that has gone wrong waits so long. */
const REACHED_WITHIN_MS = 120_000;

/** VMs that are kept on the way, so that a test may take its time over what it does meanwhile. */
export interface HeldTransition {
  /** Waits until all that are to be held are on the way. */
  readonly reached: () => Promise<void>;
  /** Carries those that are held to their end. */
  readonly release: () => void;
}

/**
 * Keeps the next VMs on which this operation is performed on the way (`stopping`, `rebuilding`, `starting`; for
 * createImage with the image in the making) until they are released. A transition that merely takes long is no
 * substitute: on a busy machine it ends before the test has acted.
 * @param which - the VM, how many of the calls to let pass first, and how many to hold: by default the next one
 */
export function holdTransition(
  cloud: Simulator,
  operation: 'stopInstance' | 'rebuildInstance' | 'startInstance' | 'createImage',
  which: { readonly instanceId?: string; readonly skip?: number; readonly times?: number } = {},
): HeldTransition {
  const { skip = 0, times = 1, instanceId } = which;
  const performed = () =>
    cloud.journal.calls({ operation, performed: true, ...(instanceId !== undefined && { instanceId }) });
  const first = performed().length + skip;
  cloud.addFault({ operation, ...which, kind: { outcome: 'stuck' } });
  const held = (): string[] => {
    const ids = performed().slice(first, first + times);
    return ids.map((call) => call.instanceId ?? '').filter((id) => cloud.vm(id).task?.by === operation);
  };
  return {
    reached: async () => {
      await cloud.waitFor(() => held().length === times, REACHED_WITHIN_MS);
    },
    release: () => {
      for (const id of held()) cloud.act.release(id);
    },
  };
}
