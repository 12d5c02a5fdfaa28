import * as z from 'zod';

/** What Node's network errors, or axios around them, are known by. Their messages may repeat what the other side sent. */
const Coded = z.looseObject({ code: z.string().regex(/^[A-Z][A-Z0-9_]{1,63}$/) });

const TEXTS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection closed'],
  ['EPIPE', 'connection closed'],
  ['EHOSTUNREACH', 'host unreachable'],
  ['ENETUNREACH', 'network unreachable'],
  ['ETIMEDOUT', 'no answer'],
  ['ENOTFOUND', 'host name not found'],
  ['EAI_AGAIN', 'host name not found: no answer of the name server'],
]);

/** Families of codes: of Node's HTTP parser, of certificates as OpenSSL judges them, of TLS itself. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^HPE_/, 'no proper HTTP answer'],
  [/^(ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA)/, 'certificate refused'],
  [/^(EPROTO$|ERR_SSL|ERR_TLS)/, 'TLS failed'],
];

/** The code of an error; null where it has none that is plain. */
export function codeOf(error: unknown): string | null {
  return Coded.safeParse(error).data?.code ?? null;
}

/** Why a look failed, in one line without anything that the other side wrote. */
export function faultText(error: unknown): string {
  const code = codeOf(error);
  if (code === null) return 'failed for a reason without a code';
  const family = FAMILIES.find(([pattern]) => pattern.test(code))?.[1] ?? 'failed';
  return TEXTS.get(code) ?? `${family} (${code})`;
}
