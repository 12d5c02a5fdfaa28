import { OPERATION_MARKER_KEY } from '../contracts/names.js';
import { METADATA_MAX_PAIRS } from '../contracts/rebuild-request.js';
import type { InstanceCustomData } from '../jdcloud/schemas.js';
import type { KeyValue } from '../jdcloud/vm-api.js';

const lower = (text: string): string => text.toLowerCase();

/** The VM's own metadata pairs, without a marker that an earlier rebuild left. */
export function ownMetadata(customData: InstanceCustomData | null): KeyValue[] {
  return (customData?.metadata ?? [])
    .map(({ key, value }) => ({ key: key ?? '', value: value ?? '' }))
    .filter(({ key }) => key !== '' && lower(key) !== OPERATION_MARKER_KEY);
}

/** The marker that the VM carries, or null. */
export function markerOf(customData: InstanceCustomData | null): string | null {
  return customData?.metadata?.find(({ key }) => lower(key ?? '') === OPERATION_MARKER_KEY)?.value ?? null;
}

/** The VM's own pairs with those of the request laid over them. JD Cloud compares keys without case. */
export function mergeMetadata(own: readonly KeyValue[], asked: readonly KeyValue[] = []): KeyValue[] {
  const taken = new Set(asked.map(({ key }) => lower(key)));
  return [...own.filter(({ key }) => !taken.has(lower(key))), ...asked];
}

/** Whether one more pair, the marker, fits beside these. */
export function hasRoomForMarker(pairs: readonly KeyValue[]): boolean {
  return pairs.length < METADATA_MAX_PAIRS;
}
