import * as z from 'zod';

/** The step of a workflow that fails again and again, so that nothing of it goes on until a worker can make it. */
export const TaskFailure = z.strictObject({
  /** How often it was tried, the present attempt among them. */
  attempt: z.int(),
  /** When it was due first (ISO 8601, UTC, by the server's clock). */
  since: z.iso.datetime(),
  /** What the worker said of the first attempt, or that it did not answer. */
  cause: z.string(),
});
export type TaskFailure = z.output<typeof TaskFailure>;

/** The same in one line. */
export function taskFailureText({ attempt, since, cause }: TaskFailure): string {
  return `its workflow task fails since ${since}, attempt ${attempt}: ${cause.replace(/\.$/, '')}`;
}

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
