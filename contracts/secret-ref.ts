import * as z from 'zod';

/** Schemes of a secret reference. A new scheme is a new word here and one module in `activities/secrets/`. */
export const SECRET_SCHEMES = ['env', 'file', 'exec'] as const;
export type SecretScheme = (typeof SECRET_SCHEMES)[number];

const SECRET_REF = /^(env|file|exec):(\S.*)$/s;

/**
 * Where a secret is to be had on the worker: `env:NAME`, `file:PATH` or `exec:COMMAND`.
 * The reference may be stored and shown; the secret never is. The message does not repeat the
 * value, since people put the secret itself here by mistake.
 */
export const SecretRef = z
  .string()
  .max(1024)
  .regex(SECRET_REF, 'must be a reference, not the secret itself: env:NAME, file:PATH or exec:COMMAND')
  .meta({ description: 'Reference to a secret on the worker: env:NAME, file:PATH or exec:COMMAND' });
export type SecretRef = z.output<typeof SecretRef>;

/** Splits a reference that {@link SecretRef} has accepted. Throws an Error on any other text, without repeating it. */
export function parseSecretRef(ref: SecretRef): { scheme: SecretScheme; target: string } {
  const match = SECRET_REF.exec(ref);
  const scheme = SECRET_SCHEMES.find((name) => name === match?.[1]);
  const target = match?.[2];
  if (scheme === undefined || target === undefined) throw new Error('not a secret reference');
  return { scheme, target };
}
