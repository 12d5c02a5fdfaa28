import type { Payload } from '@temporalio/common';
import { keyIdOf } from '../../temporal/payload-codec.js';
import { payloadsIn } from './payloads-in.js';

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
