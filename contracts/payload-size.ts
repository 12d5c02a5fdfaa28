/**
 * Most bytes of JSON that one payload of ours may have. The server takes 2 MiB; encrypted, and with a codec that writes
 * base64, a payload is a third larger.
 */
export const MOST_PAYLOAD_BYTES = 1_500_000;

/** Bytes of a value as JSON, in UTF-8. */
export function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
