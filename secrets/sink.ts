import type { VmRef } from '../contracts/ids.js';
import type { SecretContext } from './scheme.js';

export interface SinkContext extends SecretContext {
  readonly vm: VmRef;
}

/** Who takes a secret that was generated. Errors are `SecretError`s, whose messages hold neither the secret nor the target. */
export interface SecretSink {
  /** Finds out whether it could take one. Changes nothing. */
  readonly check: (target: string, context: SinkContext) => Promise<void>;
  /** Takes the secret. Once it resolves, the secret is safe: it is about to be used. */
  readonly take: (secret: string, target: string, context: SinkContext) => Promise<void>;
}
