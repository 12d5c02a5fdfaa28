import type { VmRef } from '../contracts/ids.js';

/** A text with `{instanceId}` and `{regionId}` replaced by the VM's ids, which can stand in a path or an argument as they are. */
export function fillPlaceholders(text: string, { regionId, instanceId }: VmRef): string {
  return text.replaceAll('{instanceId}', instanceId).replaceAll('{regionId}', regionId);
}
