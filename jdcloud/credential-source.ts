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
