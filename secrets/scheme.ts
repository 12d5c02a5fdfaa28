import type { VmRef } from '../contracts/ids.js';

/** What a scheme may need to know beside its reference. */
export interface SecretContext {
  /** Variables of the process that reads; commands run with them too. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where that is, as messages say it: `on the worker`. */
  readonly where: string;
  /** The VM that the secret is for; absent for a secret that belongs to none. */
  readonly vm?: VmRef | undefined;
  /** An id that all attempts of one rebuild share; absent: it is the only attempt. */
  readonly rebuildId?: string | undefined;
}

/**
 * One way to have a secret, `SCHEME:TARGET`. Errors are `SecretError`s, whose messages hold neither the secret nor the
 * target. An empty secret and a line break at its end are dealt with by who calls.
 * @see docs/secrets.md#a-scheme-of-your-own
 */
export interface SecretScheme {
  /** Gives the secret, to be used now. */
  readonly read: (target: string, context: SecretContext) => Promise<string>;
  /**
   * Only where each reading makes a new secret: finds out, without making one or changing anything, whether it could
   * be made. A scheme without it is one that can be read at any time, as often as need be.
   */
  readonly check?: (target: string, context: SecretContext) => Promise<void>;
}
