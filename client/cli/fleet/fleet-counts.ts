import { type FleetCounts, MEMBER_STATES, type MemberState } from '../../../contracts/fleet/fleet-progress.js';
import { oneLine } from '../display-text.js';

/** `wave 1 (canary)`, `wave 2`, `wave 2/7`: waves are counted from one, the canary too, and named where the name says more. */
export function waveText(index: number, wave: { readonly of?: number; readonly name?: string } = {}): string {
  return `wave ${waveNumber(index, wave)}`;
}

/** The same behind a label: `1/7 (canary)`, `2/7`. */
export function waveNumber(index: number, { of, name }: { readonly of?: number; readonly name?: string }): string {
  const called = name === undefined || name === '' || name === `wave ${index + 1}` ? '' : ` (${oneLine(name)})`;
  return `${index + 1}${of === undefined ? '' : `/${of}`}${called}`;
}

/** How many VMs are in each state that any is in: `41 done, 3 rebuilding, 55 waiting`. */
export function countsText(counts: FleetCounts): string {
  const order: readonly MemberState[] = ['done', ...MEMBER_STATES.filter((state) => state !== 'done').toReversed()];
  const told = order.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  return told.length === 0 ? 'no VM' : told.join(', ');
}
