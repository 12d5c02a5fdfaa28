import { defaultState } from '../../simulator/model/builders.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.js';

/** How many times faster than JD Cloud the demo's cloud is: a stop takes 2 s, a rebuild 6 s, a start 1.5 s. */
export const COMPRESS = 10;

/** What goes wrong in the demo, in the order in which it strikes. */
export const FAULTS: readonly FaultRule[] = [
  { operation: 'stopInstance', kind: { status: 503, when: 'before' } },
  { operation: 'rebuildInstance', kind: { status: 503, when: 'before' } },
  { operation: 'rebuildInstance', kind: { status: 500, when: 'after' } },
  { operation: 'startInstance', kind: { throttle: true, retryAfterSeconds: 1 } },
];

/** The faults in words, for a person. */
export const FAULT_WORDS = [
  'the stop is answered 503 once',
  'the rebuild is answered 503 once, without being performed',
  'then 500 once, AFTER being performed: the disk is erased and nobody says so',
  'the start is answered 429 once',
] as const;

/** The machines of the demo: one to rebuild, one to try more on, and the image to put on. */
export interface DemoTargets {
  readonly regionId: string;
  readonly vm: string;
  readonly otherVm: string;
  readonly image: string;
}

/** A region with the machines of a small shop and with {@link FAULTS} ahead. */
export async function startDemoCloud(): Promise<{ cloud: Simulator; targets: DemoTargets }> {
  const state = defaultState();
  const cloud = await startSimulator({ state, compress: COMPRESS, faults: [...FAULTS] });
  const vmNamed = (name: string) => idOf(name, state.vms.find((vm) => vm.instanceName === name)?.instanceId);
  const image = idOf('Ubuntu 24.04', state.images.find(({ osVersion }) => osVersion === '24.04')?.imageId);
  return { cloud, targets: { regionId: state.regionId, vm: vmNamed('web-1'), otherVm: vmNamed('web-2'), image } };
}

function idOf(name: string, id: string | undefined): string {
  if (id === undefined) throw new Error(`The simulator's region has no ${name}.`);
  return id;
}
