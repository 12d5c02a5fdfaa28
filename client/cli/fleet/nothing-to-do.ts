import type { FleetPlan } from '../../../contracts/fleet/fleet-plan.js';
import { refuseIfEmpty } from '../../fleet/refuse-if-empty.js';
import { failureOf, toReimageError } from '../../reimage-errors.js';
import type { Io } from '../cli-deps.js';
import { OK } from '../exit-codes.js';
import type { FleetOptions } from './fleet-options.js';

/** VMs that an error names. */
const MOST_NAMED = 5;

/**
 * Says that a plan rebuilds no VM, where it does not: fine where all are as wanted already. @returns the exit code; null
 * where there is something to do
 * @throws ReimageError `NothingSelected` where there is no VM, and may not be none · `ValidationFailed` where something is in
 * the way
 */
export function nothingToDo(plan: FleetPlan, output: FleetOptions['output'], io: Io): number | null {
  const { spec, rows } = plan;
  if (rows.some(({ wave }) => wave !== null)) return null;
  refuseIfEmpty(plan);
  const inTheWay = rows.filter(({ skip }) => skip !== null && !['already-on-image', 'excluded'].includes(skip.code));
  if (inTheWay.length > 0) {
    const told = inTheWay
      .slice(0, MOST_NAMED)
      .map(({ instanceId, skip }) => `${instanceId}: ${skip?.reasons.join('; ') ?? ''}`);
    const message = `No VM of ${spec.name} can be rebuilt. ${told.join('. ')}. Nothing was started.`;
    throw toReimageError(failureOf('ValidationFailed', message));
  }
  if (output === 'json') io.out(JSON.stringify({ outcome: 'nothing-to-do', name: spec.name, regionId: spec.regionId }));
  else io.out(`nothing to do: no VM of ${spec.name} has to be rebuilt`);
  return OK;
}
