import type { Payload } from '@temporalio/common';
import { keyIdOf } from '../../temporal/encryption/payload-codec.js';

/** Who wrote something by a key, and when (ISO 8601, UTC, by the server's clock). */
export interface LastWrite {
  readonly at: string;
  /** Temporal's identity of the process, such as `4711@host`; null where it is not told. */
  readonly by: string | null;
}

/** What one thing bears of one key. */
export interface KeyUse {
  readonly payloads: number;
  /** Null where the server does not tell when. */
  readonly lastWrite: LastWrite | null;
  /** One of them, to try the key on. */
  readonly sample: Payload;
}

/** By the id of the key; `null` stands for payloads in clear. */
export type KeyUses = ReadonlyMap<string | null, KeyUse>;

/** What an answer of Temporal's bears of each key. Pure. */
export function keyUsesIn(answer: unknown, lastWrite: LastWrite | null = null): KeyUses {
  const uses = new Map<string | null, KeyUse>();
  for (const payload of payloadsIn(answer)) {
    const keyId = keyIdOf(payload);
    uses.set(keyId, { payloads: (uses.get(keyId)?.payloads ?? 0) + 1, lastWrite, sample: payload });
  }
  return uses;
}

/** Both together. Pure. */
export function joinKeyUses(one: KeyUses, other: KeyUses): KeyUses {
  const joined = new Map(one);
  for (const [keyId, use] of other) {
    const known = joined.get(keyId);
    const lastWrite = latest(known?.lastWrite ?? null, use.lastWrite);
    joined.set(keyId, { payloads: (known?.payloads ?? 0) + use.payloads, lastWrite, sample: use.sample });
  }
  return joined;
}

/** The later of two writes. Pure. */
export function latest(one: LastWrite | null, other: LastWrite | null): LastWrite | null {
  if (one === null || other === null) return one ?? other;
  return one.at > other.at ? one : other;
}

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
