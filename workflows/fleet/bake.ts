import { ActivityFailure } from '@temporalio/workflow';
import { activitiesUnder } from '../runtime/retry-policies.js';
import { unobservableBlocker } from './blockers.js';
import { shorten } from './child-outcome.js';
import { changeOr, type Fleet } from './fleet-context.js';
import type { Member, MemberChange } from './members.js';
import { settleBudget } from './run-wave.js';

/** VMs whose health is checked by one activity. */
const PAGE = 100;

/** How long the look and the health checks at the end of a bake are tried for. */
const CHECK_WITHIN_MS = 1_800_000;

/**
 * Watches what the wave has rebuilt: waits, then looks at each VM once more. One that is down, or fails a health check,
 * has failed. A fleet that is to end does not wait.
 */
export async function bake(fleet: Fleet): Promise<void> {
  const { record, input } = fleet;
  const bakeMs = input.rollout.bakeSeconds * 1000;
  const until = record.waits.bakeEnds ?? Date.now() + bakeMs;
  const fresh = freshOf(fleet, until - bakeMs);
  record.waits.bakeEnds = null;
  if (fresh.length === 0 || record.ending !== null) return;
  record.waits.bakeEnds = until;
  record.bakeUntil(until);
  while (Date.now() < until && record.ending === null) await changeOr(fleet, until);
  if (record.ending === null) await judge(fleet, fresh);
  record.waits.bakeEnds = null;
  record.bakeUntil(null);
  settleBudget(fleet);
}

/** Those that were done when the bake began: it may have begun in a run before, which hands seconds on. */
function freshOf({ record }: Fleet, began: number): Member[] {
  const isFresh = ({ isBaked, finishedAt }: Member) => !isBaked && (finishedAt ?? 0) <= began + 1000;
  return record.members.inState(['done']).filter(isFresh);
}

async function judge(fleet: Fleet, fresh: readonly Member[]): Promise<void> {
  const { record } = fleet;
  const against = await whatSpeaksAgainst(fleet, fresh);
  for (const { at, instanceId } of fresh) {
    // An operator may have put it back in the queue meanwhile.
    if (record.members.at(at).state === 'done') record.members.change(at, judgedBy(against.get(instanceId) ?? null));
  }
  record.noteChange();
}

/** What the end of a bake makes of a VM that was done. @param said - against it; null: nothing */
export function judgedBy(said: string | null): MemberChange {
  if (said === null) return { isBaked: true };
  const reason = shorten(`at the end of the bake: ${said}`);
  return { isBaked: true, state: 'failed', failure: 'HealthCheckFailed', reason };
}

/** What is said against each VM that was up. Where nobody can look, it is tried again and again: not seen is not failed. */
async function whatSpeaksAgainst(fleet: Fleet, fresh: readonly Member[]): Promise<Map<string, string>> {
  const { observations, record } = fleet;
  const up = fresh.filter(({ isDown }) => !isDown);
  for (;;) {
    try {
      await observations.observe();
      const fallen = up.filter(({ at }) => record.members.at(at).isDown);
      const sick = await checkHealth(fleet, up);
      return new Map([...sick, ...fallen.map(({ instanceId }) => [instanceId, 'the VM does not run'] as const)]);
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      const blocker = unobservableBlocker(error);
      record.setBlocker(blocker);
      record.bakeUntil(null);
      await changeOr(fleet, blocker.until.at);
      if (record.ending !== null) return new Map();
    }
  }
}

async function checkHealth({ input }: Fleet, vms: readonly Member[]): Promise<[string, string][]> {
  const { healthChecks: checks } = input.template;
  if (checks.length === 0) return [];
  const found: [string, string][] = [];
  for (let from = 0; from < vms.length; from += PAGE) {
    const instanceIds = vms.slice(from, from + PAGE).map(({ instanceId }) => instanceId);
    const request = { regionId: input.regionId, instanceIds, checks };
    found.push(...Object.entries(await activitiesUnder('probe', CHECK_WITHIN_MS).checkFleetHealth(request)));
  }
  return found;
}
