import * as z from 'zod';

/** What stands at Temporal and cannot be decrypted here. What stands in clear beside it, such as ids and statuses, is told all the same. */
export const Unreadable = z.strictObject({
  /** Id of the key that it was encrypted by; null where that is not told. */
  keyId: z.string().nullable(),
  /** Why, in one line. */
  message: z.string(),
});
export type Unreadable = z.output<typeof Unreadable>;

/** The word that stands where something cannot be read. */
export function unreadableText({ keyId }: Unreadable): string {
  return keyId === null ? 'unreadable' : `unreadable (key ${JSON.stringify(keyId)})`;
}
