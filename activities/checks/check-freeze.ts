import { type Freeze, freezeText } from '../../contracts/fleet/freeze.js';
import type { Misfit } from '../../contracts/rebuild-plan.js';

/** While the namespace is frozen no rebuild begins, whatever the VM. */
export function checkFreeze({ freeze }: { readonly freeze?: Freeze | null }): Misfit[] {
  if (!freeze) return [];
  return [{ code: 'frozen', field: null, message: `The Temporal namespace is ${freezeText(freeze)}.` }];
}
