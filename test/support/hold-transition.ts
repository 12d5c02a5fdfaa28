import type { FaultRule } from '../../simulator/model/fault-rule.js';
import type { Simulator } from '../../simulator/start-simulator.js';

/** Far longer than a busy machine takes to bring a VM that far: only a test that has gone wrong waits so long. */
const REACHED_WITHIN_MS = 120_000;

/** VMs that are kept on the way, so that a test may take its time over what it does meanwhile. */
export interface HeldTransition {
  /** Waits until all that are to be held, or so many of them, are on the way. */
  readonly reached: (count?: number) => Promise<void>;
  /** Carries those that are on the way to their end. */
  readonly release: () => void;
}

/**
 * Keeps the next VMs on which this operation is performed on the way (`stopping`, `rebuilding`, `starting`; for
 * createImage with the image in the making) until they are released. A transition that merely takes long is no
 * substitute: on a busy machine it ends before the test has acted.
 * @param which - the VM, how many calls to let pass first, and how many to hold: by default the next one
 */
export function holdTransition(
  cloud: Simulator,
  operation: 'stopInstance' | 'rebuildInstance' | 'startInstance' | 'createImage',
  which: { readonly instanceId?: string; readonly skip?: number; readonly times?: number } = {},
): HeldTransition {
  const rule: FaultRule = { operation, ...which, kind: { outcome: 'stuck' } };
  cloud.addFault(rule);
  const onTheWay = (): string[] => {
    const calls = cloud.journal.calls({ operation, performed: true });
    const known = new Set(calls.map(({ instanceId }) => instanceId).filter((id) => id !== null));
    return [...known].filter((id) => cloud.vm(id).task?.by === operation);
  };
  return {
    reached: async (count = which.times ?? 1) => {
      await cloud.waitFor(() => onTheWay().length >= count, REACHED_WITHIN_MS);
    },
    release: () => {
      for (const id of onTheWay()) cloud.act.release(id);
    },
  };
}
