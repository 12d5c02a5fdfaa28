import { parseSecretRef, type SecretRef, type SecretScheme } from '../../contracts/secret-ref.js';

/** A secret reference that could not be read. The message never holds the secret or the target of the reference. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
}

/** Reads one scheme of references. Throws a {@link SecretError}. */
export type SecretReader = (target: string) => Promise<string>;

/** Turns a reference into the secret, inside the activity that needs it. The secret goes nowhere else. */
export type SecretResolver = (ref: SecretRef) => Promise<string>;

/** A resolver over the readers given. A scheme without a reader is refused. */
export function createSecretResolver(readers: Partial<Record<SecretScheme, SecretReader>>): SecretResolver {
  return async (ref) => {
    const { scheme, target } = parseSecretRef(ref);
    const read = readers[scheme];
    if (read === undefined) throw new SecretError(`this worker does not read ${scheme}: references`);
    const secret = (await read(target)).replace(/\r?\n$/, '');
    if (secret === '') throw new SecretError(`the ${scheme}: reference gives an empty secret`);
    return secret;
  };
}
