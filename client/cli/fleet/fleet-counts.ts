import { type FleetCounts, MEMBER_STATES, type MemberState } from '../../../contracts/fleet/fleet-progress.js';

/** How many VMs are in each state that any is in: `41 done, 3 rebuilding, 55 waiting`. */
export function countsText(counts: FleetCounts): string {
  const order: readonly MemberState[] = ['done', ...MEMBER_STATES.filter((state) => state !== 'done').toReversed()];
  const told = order.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  return told.length === 0 ? 'no VM' : told.join(', ');
}
