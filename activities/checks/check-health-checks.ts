import type { Misfit } from '../../contracts/rebuild-plan.js';
import { healthCheckName } from '../../contracts/health-check.js';
import { missingOn } from '../health/aim-check.js';
import { placeOf } from '../health/vm-place.js';
import type { Facts } from './facts.js';

/**
 * Whether each health check can be made on this VM at all: one that cannot would fail after the erase, for sure. Judged
 * before anything is touched only: an address that is lost later must keep nobody from going on or back.
 */
export function checkHealthChecks({ request, instance, isBeginning = false }: Facts): Misfit[] {
  if (!isBeginning) return [];
  return request.healthChecks.flatMap((check, index): Misfit[] => {
    const missing = missingOn(check, placeOf(instance));
    if (missing === null) return [];
    const message = `The health check ${healthCheckName(check)} cannot be made: the VM has no ${missing}. Give it one, or leave the check out.`;
    return [{ code: 'health-check', field: `healthChecks.${index}`, message }];
  });
}
