/** How much of a body is looked at. */
export const SEARCHED_BYTES = 1024 * 1024;

/**
 * Whether a text stands in the first MiB of a body, byte for byte in UTF-8. Reads no further than it must, and holds
 * no more than one chunk. Rejects with what the body throws.
 */
export async function bodyIncludes(body: AsyncIterable<unknown>, text: string): Promise<boolean> {
  const wanted = Buffer.from(text);
  let unread = SEARCHED_BYTES;
  let tail = Buffer.alloc(0);
  for await (const piece of body) {
    if (!(piece instanceof Uint8Array)) continue;
    const chunk = Buffer.concat([tail, piece.subarray(0, unread)]);
    if (chunk.includes(wanted)) return true;
    unread -= piece.length;
    if (unread <= 0) return false;
    tail = chunk.subarray(Math.max(0, chunk.length - wanted.length + 1));
  }
  return false;
}
