/** What signs a call. */
export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of temporary credentials; sent and signed as it stands. */
  readonly sessionToken?: string;
}

/** What JD Cloud said to a call that was signed with what was given last: 401, or 403. */
export type TurnedDown = 'refused' | 'forbidden';

/** Credentials, where they come from, and until when they are good. */
export interface FoundCredentials extends Credentials {
  /** In words that may be shown: `the profile ops in /home/ops/.jdc/config`. */
  readonly from: string;
  /** ISO 8601, UTC; null when they do not expire, or nobody says when. */
  readonly expiresAt: string | null;
  /** Whether others may be had from there later, by this very process. */
  readonly renews: boolean;
}

/** What a source says when asked. `why` ends a sentence and holds no secret. */
export type CredentialLookup = { readonly found: FoundCredentials } | { readonly found: null; readonly why: string };

/**
 * A place where credentials may be. Throws an Error, which holds no secret, when they are there and unusable.
 * @param options.after - what JD Cloud said to those given last; null: nothing against them
 */
export type CredentialSource = (options: { readonly after: TurnedDown | null }) => Promise<CredentialLookup>;

/** An instant with its zone, as RFC 3339 has it. */
const ZONED = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
/** What JD Cloud's STS answers. */
const WITHOUT_ZONE = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d$/;

/**
 * Reads when credentials expire. JD Cloud's own form has no zone, and no document says which one is meant: credentials
 * with it count as without a time, and are renewed when they are refused.
 * @returns ISO 8601, UTC; null when it is not known
 * @throws Error that names the field, and nothing of its value
 */
export function readExpiration(text: string | null, field: string): string | null {
  if (text === null || text.trim() === '' || WITHOUT_ZONE.test(text.trim())) return null;
  const at = ZONED.test(text.trim()) ? Date.parse(text.trim().replace(' ', 'T')) : Number.NaN;
  if (Number.isNaN(at)) throw new Error(`${field} is no time such as 2026-11-30T16:00:00Z`);
  return new Date(at).toISOString();
}
