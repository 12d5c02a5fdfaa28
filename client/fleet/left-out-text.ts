import type { LeftOut } from '../../contracts/fleet/fleet-progress.js';

/** What a fleet no longer tells, in one line. */
export function leftOutText({ notes, acts }: LeftOut): string {
  const parts = [...(notes === 0 ? [] : [`notes of ${notes} VMs`]), ...(acts === 0 ? [] : [`its ${acts} oldest acts`])];
  return `for their size: ${parts.join(', ')}`;
}
