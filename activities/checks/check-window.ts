import type { Misfit } from '../../contracts/rebuild-plan.js';
import type { NotAfter } from '../../contracts/rebuild-request.js';
import type { Facts } from './facts.js';

/** A rebuild that had to wait past its window does not begin; one that has begun does not erase once the window is closed. */
export function checkWindow({ request, isBeginning = false, now }: Facts): Misfit[] {
  return windowMisfits(request.notAfter, isBeginning ? 'begin' : 'erase', now);
}

/** What speaks against beginning, or erasing, at a moment. Pure. */
export function windowMisfits(notAfter: NotAfter | undefined, act: keyof NotAfter, now: Date): Misfit[] {
  if (notAfter === undefined || now.getTime() <= Date.parse(notAfter[act])) return [];
  const message = `The rebuild was to ${act} by ${notAfter[act]}, and it is ${now.toISOString()}.`;
  return [{ code: 'window-closed', field: 'notAfter', message }];
}
