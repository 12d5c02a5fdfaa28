import { canonicalDigest } from '../../contracts/canonical-digest.js';
import { EARLIER_OPERATIONS_KEY, OPERATION_MARKER_KEY } from '../../contracts/names.js';
import { METADATA_MAX_PAIRS } from '../../contracts/rebuild-request.js';
import type { InstanceCustomData } from '../../jdcloud/schemas.js';
import type { KeyValue } from '../../jdcloud/vm-api.js';

const lower = (text: string): string => text.toLowerCase();

/** The pairs that Reimage itself writes. */
const OURS: readonly string[] = [OPERATION_MARKER_KEY, EARLIER_OPERATIONS_KEY];

/** How many operations before the last one a VM remembers. */
const REMEMBERED = 50;

/** The VM's own metadata pairs, without those that an earlier rebuild left. */
export function ownMetadata(customData: InstanceCustomData | null): KeyValue[] {
  return (customData?.metadata ?? [])
    .map(({ key, value }) => ({ key: key ?? '', value: value ?? '' }))
    .filter(({ key }) => key !== '' && !OURS.includes(lower(key)));
}

/** The marker that the VM carries, or null. */
export function markerOf(customData: InstanceCustomData | null): string | null {
  return valueOf(customData, OPERATION_MARKER_KEY);
}

/** Digests of the operations that have rebuilt the VM before the last one, the newest first, as far as it remembers. */
export function earlierOperations(customData: InstanceCustomData | null): string[] {
  return (valueOf(customData, EARLIER_OPERATIONS_KEY) ?? '').split(' ').filter((digest) => digest !== '');
}

/** Size of the launch script that is kept with the VM; null where there is none. */
export function launchScriptBytes(customData: InstanceCustomData | null): number | null {
  const script = customData?.userdata?.find(({ key }) => lower(key ?? '') === 'launch-script')?.value;
  return script ? Buffer.from(script, 'base64').length : null;
}

function valueOf(customData: InstanceCustomData | null, key: string): string | null {
  return customData?.metadata?.find((pair) => lower(pair.key ?? '') === key)?.value ?? null;
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

/** These pairs with the marker of a rebuild, and, where there is room, what the VM is to remember of those before it. */
export function markedMetadata(pairs: readonly KeyValue[], customData: InstanceCustomData, marker: string): KeyValue[] {
  const marked = [...pairs, { key: OPERATION_MARKER_KEY, value: marker }];
  const last = markerOf(customData);
  const before = new Set([...(last === null ? [] : [operationDigest(last)]), ...earlierOperations(customData)]);
  before.delete(operationDigest(marker));
  if (before.size === 0 || marked.length >= METADATA_MAX_PAIRS) return marked;
  return [...marked, { key: EARLIER_OPERATIONS_KEY, value: [...before].slice(0, REMEMBERED).join(' ') }];
}

/** Characters of the digest of a marker: ten thousand of them fit into the input of a fleet. */
const LENGTH = 16;

/** Tells the operations apart that a VM carries the markers of; empty for a VM that carries none. */
export function operationDigest(marker: string | null): string {
  return marker === null ? '' : canonicalDigest(marker).slice(0, LENGTH);
}
