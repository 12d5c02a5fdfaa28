import type { Simulator } from '../../simulator/start-simulator.js';

/** What one contender cost and how quick it was to act. */
export interface Measured {
  readonly vms: number;
  readonly rebuiltOnce: number;
  readonly apiCallsPerVm: number;
  readonly mutatingCallsPerVm: number;
  readonly lagMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly seconds: number;
}

const MUTATING = ['stopInstance', 'rebuildInstance', 'startInstance'];

/** A state that a VM reached, and the call by which whoever watches it acts on that. */
const REACTIONS = [
  { from: 'stopping', to: 'stopped', call: 'rebuildInstance' },
  { from: 'rebuilding', to: 'stopped', call: 'startInstance' },
] as const;

/** Reads from the simulator's journal what reached the cloud: the same way for every contender. */
export function measure(cloud: Simulator, instanceIds: readonly string[], seconds: number): Measured {
  const { journal } = cloud;
  const calls = journal.calls();
  const lags = instanceIds.flatMap((instanceId) => reactionTimes(cloud, instanceId)).toSorted((a, b) => a - b);
  return {
    vms: instanceIds.length,
    rebuiltOnce: instanceIds.filter((id) => journal.effective('rebuildInstance', id) === 1).length,
    apiCallsPerVm: calls.length / instanceIds.length,
    mutatingCallsPerVm: calls.filter(({ operation }) => MUTATING.includes(operation)).length / instanceIds.length,
    lagMs: { p50: quantile(lags, 0.5), p99: quantile(lags, 0.99), max: lags.at(-1) ?? Number.NaN },
    seconds,
  };
}

function reactionTimes({ journal }: Simulator, instanceId: string): number[] {
  return REACTIONS.flatMap(({ from, to, call }) => {
    const reached = journal.changes({ instanceId }).find((change) => change.from === from && change.to === to);
    const acted = journal.calls({ instanceId, operation: call })[0];
    return reached === undefined || acted === undefined ? [] : [Date.parse(acted.at) - Date.parse(reached.at)];
  });
}

/** The value that a share `q` of a sorted list does not exceed. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(Math.ceil(q * sorted.length), sorted.length) - 1] ?? Number.NaN;
}
