import type { VmRef } from '../contracts/ids.js';

/** A text with `{instance}` and `{region}` replaced by the VM's ids, which can stand in a path or an argument as they are. */
export function fillPlaceholders(text: string, { regionId, instanceId }: VmRef): string {
  return text.replaceAll('{instance}', instanceId).replaceAll('{region}', regionId);
}
