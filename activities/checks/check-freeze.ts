import { freezeText } from '../../contracts/fleet/freeze.js';
import type { Misfit } from '../../contracts/rebuild-plan.js';
import type { Facts } from './facts.js';

/** While the namespace is frozen no rebuild begins, whatever the VM. */
export function checkFreeze({ freeze }: Pick<Facts, 'freeze'>): Misfit[] {
  if (!freeze) return [];
  return [{ code: 'frozen', field: null, message: `The Temporal namespace is ${freezeText(freeze)}.` }];
}
