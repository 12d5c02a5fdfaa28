import { whyEmpty } from '../../contracts/fleet/empty-selection.js';
import type { FleetPlan } from '../../contracts/fleet/fleet-plan.js';
import { failureOf, toReimageError } from '../reimage-errors.js';

/**
 * Refuses a plan that means nobody, unless its fleet says that there may be none: a pipeline with a mistyped tag would stay
 * green for ever.
 * @throws ReimageError `NothingSelected`
 */
export function refuseIfEmpty(plan: FleetPlan): void {
  const why = plan.spec.allowEmpty === true ? null : whyEmpty(plan);
  if (why !== null) throw toReimageError(failureOf('NothingSelected', `${why}. Nothing was started.`));
}
