import type { FleetLimits } from '../../contracts/fleet/fleet-limits.js';
import type { Tally } from './tally.js';

/** Which budget the failures have exhausted, in one line; null while they are borne. Pure. */
export function exhaustedBy(tally: Tally, { failures: { fleet, perWave = [] } }: FleetLimits): string | null {
  if (tally.failures() > fleet) return `${tally.failures()} failed, ${fleet} may`;
  const wave = perWave.findIndex((may, index) => tally.failures(index) > may);
  return wave === -1 ? null : `${tally.failures(wave)} of wave ${wave + 1} failed, ${perWave[wave]} may`;
}
