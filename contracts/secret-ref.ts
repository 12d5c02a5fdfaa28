import * as z from 'zod';

/** Schemes of a reference to a secret that is there already. A new one is a word here, its form below and one module in `secrets/`. */
export const STORED_SCHEMES = ['env', 'file', 'exec'] as const;
export type StoredScheme = (typeof STORED_SCHEMES)[number];

/** Who can take a password that is generated. A new one is a word here, its form below and one module in `secrets/`. */
export const SECRET_SINKS = ['file', 'exec'] as const;
export type SecretSinkName = (typeof SECRET_SINKS)[number];

/** `generate` makes the secret when it is needed; all others find it. */
export type SecretSchemeName = StoredScheme | 'generate';

const TARGET: Readonly<Record<StoredScheme | SecretSinkName, string>> = { env: 'NAME', file: 'PATH', exec: 'COMMAND' };

const STORED_FORMS = STORED_SCHEMES.map((name) => `${name}:${TARGET[name]}`);
const GENERATE_FORMS = SECRET_SINKS.map((name) => `generate:${name}:${TARGET[name]}`);

/** The forms of a {@link SecretRef}, to be said to people. */
export const SECRET_FORMS = oneOf(STORED_FORMS);
/** The forms of a {@link PasswordRef}, to be said to people. */
export const PASSWORD_FORMS = oneOf([...STORED_FORMS, ...GENERATE_FORMS]);

const STORED = `(?:${STORED_SCHEMES.join('|')}):\\S.*`;
// The sink is shown in plans: no control characters.
const GENERATED = `generate:(?:${SECRET_SINKS.join('|')}):\\S\\P{Cc}*`;

/**
 * Where a secret is to be had by the process that needs it: `env:NAME`, `file:PATH` or `exec:COMMAND`.
 * The reference may be stored and shown; the secret never is. The message does not repeat the
 * value, since people put the secret itself here by mistake.
 */
export const SecretRef = z
  .string()
  .max(1024)
  .regex(new RegExp(`^${STORED}$`, 's'), {
    error: ({ input }) =>
      typeof input === 'string' && input.startsWith('generate:')
        ? `must be a reference to a secret that is there, since nothing is generated here: ${SECRET_FORMS}`
        : `must be a reference, not the secret itself: ${SECRET_FORMS}`,
  })
  .meta({ description: `Reference to a secret: ${SECRET_FORMS}` });
export type SecretRef = z.output<typeof SecretRef>;

/** Where the worker has a VM's new password from: a {@link SecretRef}, or who is to get one that is generated. */
export const PasswordRef = z
  .string()
  .max(1024)
  .regex(
    new RegExp(`^(?:${STORED}|${GENERATED})$`, 'su'),
    `must be a reference, not the secret itself: ${PASSWORD_FORMS}`,
  )
  .meta({ description: `Reference to the new password, read on the worker: ${PASSWORD_FORMS}` });
export type PasswordRef = z.output<typeof PasswordRef>;

/** Splits a reference that {@link PasswordRef} or {@link SecretRef} has accepted. Throws an Error on any other text, without repeating it. */
export function parseSecretRef(ref: PasswordRef): { scheme: SecretSchemeName; target: string } {
  const [scheme, target] = split(ref, [...STORED_SCHEMES, 'generate'] as const);
  return { scheme, target };
}

/** Splits what follows `generate:`, as {@link parseSecretRef} gives it. Throws like it. */
export function parseSinkRef(ref: string): { sink: SecretSinkName; target: string } {
  const [sink, target] = split(ref, SECRET_SINKS);
  return { sink, target };
}

function split<const Name extends string>(ref: string, names: readonly Name[]): [Name, string] {
  const name = names.find((each) => ref.startsWith(`${each}:`));
  if (name === undefined) throw new Error('not a secret reference');
  return [name, ref.slice(name.length + 1)];
}

function oneOf(forms: readonly string[]): string {
  return `${forms.slice(0, -1).join(', ')} or ${forms.at(-1) ?? ''}`;
}
