import type { Simulator } from '../../simulator/start-simulator.js';
import { MEMBERS } from './fleet.js';
import type { Ended } from './rebuild-fleet.js';

/** What was true when the two were killed. */
export interface Moment {
  readonly at: number;
  readonly done: number;
  /** Number of VMs by JD Cloud's status. */
  readonly statuses: string;
}

/** The fleet as it is now. */
export function momentOf(cloud: Simulator, done: number): Moment {
  const counts = new Map<string, number>();
  for (const { instanceId } of MEMBERS) {
    const { status } = cloud.vm(instanceId);
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const statuses = [...counts].map(([status, count]) => `${count} ${status}`).join(', ');
  return { at: Date.now(), done, statuses };
}

/** One page about what happened. */
export function reportLines(cloud: Simulator, ended: readonly Ended[], moment: Moment, startedAt: number): string[] {
  const { journal } = cloud;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  const repeated = ended.filter(({ result }) => Object.values(result.attempts).some((count) => count > 1));
  const whole = ended.map(({ result }) => Date.parse(result.finishedAt) - Date.parse(result.startedAt));
  const sorted = whole.toSorted((a, b) => a - b);
  return [
    `${ended.filter(({ result }) => result.outcome === 'done').length} of ${MEMBERS.length} done in ${seconds(Date.now() - startedAt)}`,
    `  at the kill      ${moment.done} done; VMs: ${moment.statuses}`,
    `  silence          ${seconds(longestSilence(cloud, moment.at))} at most without a change of any VM, after the kill`,
    `  a rebuild took   ${seconds(sorted[Math.floor(sorted.length / 2)] ?? 0)} (median), ${seconds(sorted.at(-1) ?? 0)} (longest)`,
    `  repeated steps   in ${repeated.length} rebuilds`,
    `  reached JD Cloud ${journal.calls().length} calls, of which ${journal.effective('rebuildInstance')} rebuilds took effect`,
  ];
}

function longestSilence({ journal }: Simulator, from: number): number {
  const times = [
    from,
    ...journal
      .changes()
      .map(({ at }) => Date.parse(at))
      .filter((at) => at > from),
  ];
  return times.slice(1).reduce((longest, at, index) => Math.max(longest, at - (times[index] ?? at)), 0);
}
