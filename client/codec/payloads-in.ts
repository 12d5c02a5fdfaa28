import type { Payload } from '@temporalio/common';

/** Not payloads of ours: search attributes are in clear by nature, and Temporal's SDK marks its patches in clear. */
const BESIDE: ReadonlySet<string> = new Set(['searchAttributes', 'indexedFields', 'upsertedSearchAttributes']);
const OWN_MARKER = 'core_patch';

/** All payloads in an answer of Temporal's, however deep. Pure. */
export function payloadsIn(value: unknown): Payload[] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  if (Array.isArray(value)) return value.flatMap(payloadsIn);
  if (isPayload(value)) return [value];
  if ('markerName' in value && value.markerName === OWN_MARKER) return [];
  return Object.entries(value).flatMap(([key, part]) => (BESIDE.has(key) ? [] : payloadsIn(part)));
}

/**
 * The same answer with each payload replaced. Everything else is as it was.
 * @param replace - gives the new payload for one that {@link payloadsIn} finds
 */
export function withPayloads<T>(value: T, replace: (payload: Payload) => Payload): T {
  return replaceIn(value, replace) as T;
}

function replaceIn(value: unknown, replace: (payload: Payload) => Payload): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((part: unknown) => replaceIn(part, replace));
  if (isPayload(value)) return replace(value);
  // What protobuf makes of numbers and times has no payloads in it, and must stay what it is.
  if (payloadsIn(value).length === 0) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, BESIDE.has(key) ? part : replaceIn(part, replace)]),
  );
}

function isPayload(value: object): value is Payload {
  return (
    'metadata' in value &&
    'data' in value &&
    typeof value.metadata === 'object' &&
    value.metadata !== null &&
    'encoding' in value.metadata
  );
}
