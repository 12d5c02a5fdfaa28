import type { RebuildResult } from '../../contracts/rebuild-result.js';
import type { Simulator } from '../../simulator/start-simulator.js';
import { BYSTANDER_IDS, type Member } from './fleet.js';

/** What is not as promised, one line each, by the cloud's own journal and state first; then by what the result says. */
export function violationsOf(cloud: Simulator, member: Member, result: RebuildResult): string[] {
  const { instanceId, status, imageAfter } = member;
  const now = cloud.vm(instanceId);
  const turns = status === 'running' ? 1 : 0;
  const effective = (operation: string) => cloud.journal.effective(operation, instanceId);
  const facts: readonly (readonly [what: string, is: unknown, promised: unknown])[] = [
    ['rebuilds', effective('rebuildInstance'), 1],
    ['stops', effective('stopInstance'), turns],
    ['starts', effective('startInstance'), turns],
    ['status', now.status, status],
    ['image', now.imageId, imageAfter],
    ['task', now.task, null],
    ['outcome', result.outcome, 'done'],
    ['image in the result', result.imageAfter, imageAfter],
    ['power in the result', `${result.power.before}, ${result.power.after}`, `${status}, ${status}`],
  ];
  return facts
    .filter(([, is, promised]) => is !== promised)
    .map(([what, is, promised]) => `${instanceId}: ${what} is ${String(is)}, not ${String(promised)}`);
}

/** What was done to VMs that nobody asked for. */
export function strayDeeds({ journal }: Simulator): string[] {
  return BYSTANDER_IDS.filter((instanceId) => {
    const calls = journal.calls({ instanceId }).filter(({ operation }) => !operation.startsWith('describe'));
    return calls.length > 0 || journal.changes({ instanceId }).length > 0;
  }).map((instanceId) => `${instanceId}: nobody asked for it, and something was done to it`);
}
