import { createHash, createHmac } from 'node:crypto';

/** The two algorithms that official SDKs send. We sign with version 2; the simulator checks both. */
export type SignatureVersion = 2 | 3;

/** What is signed. `path` and `query` hold decoded text; `headers` only the signed ones, names in lower case. */
export interface SignableRequest {
  readonly method: string;
  /** Decoded path, beginning with a slash. */
  readonly path: string;
  /** Decoded names and values, in any order. */
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** The body's bytes as sent; an empty string when there is none. */
  readonly body: string | Uint8Array;
}

/** What a signature is valid for. */
export interface SignatureScope {
  /** `YYYYMMDDTHHmmssZ`, UTC: the value of the header x-jdcloud-date. */
  readonly date: string;
  readonly regionId: string;
  /** `vm` for this API. */
  readonly service: string;
}

/** Percent-encodes by RFC 3986: only letters, digits and `-_.~` stay. `encodeURIComponent` leaves five more alone. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Lower-case hex SHA-256. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * The canonical request: method, path, query, headers, header names and body hash, one a line.
 * The path is encoded once, so that its `:` is signed as `%3A`.
 * @see docs/jdcloud.md#signing
 */
export function canonicalRequest({ method, path, query, headers, body }: SignableRequest): string {
  const encodedPath = path.split('/').map(percentEncode).join('/');
  const encodedQuery = query
    .map(([name, value]) => [name, percentEncode(value)] as const)
    .toSorted((a, b) => compareCodePoints(a[0], b[0]) || compareCodeUnits(a[1], b[1]))
    .map(([name, value]) => `${percentEncode(name)}=${value}`)
    .join('&');
  const names = Object.keys(headers).toSorted(compareCodeUnits);
  const lines = names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/\s+/g, ' ')}\n`);
  return [
    method.toUpperCase(),
    encodedPath || '/',
    encodedQuery,
    lines.join(''),
    names.join(';'),
    sha256Hex(body),
  ].join('\n');
}

/** The third part of the credential: day, region, service and the algorithm's closing word. */
export function credentialScope({ date, regionId, service }: SignatureScope, version: SignatureVersion = 2): string {
  return `${date.slice(0, 8)}/${regionId}/${service}/jdcloud${version}_request`;
}

/** The signature of a canonical request: lower-case hex. Pure; proven equal to the official SDK by test/unit/jdcloud/signature.test.ts. */
export function signature(
  canonical: string,
  scope: SignatureScope,
  secretKey: string,
  version: SignatureVersion = 2,
): string {
  const stringToSign = [
    `JDCLOUD${version}-HMAC-SHA256`,
    scope.date,
    credentialScope(scope, version),
    sha256Hex(canonical),
  ].join('\n');
  const steps = [scope.date.slice(0, 8), scope.regionId, scope.service, `jdcloud${version}_request`];
  const key = steps.reduce<string | Uint8Array>(
    (previous, step) => hmac(previous, step),
    `JDCLOUD${version}${secretKey}`,
  );
  return Buffer.from(hmac(key, stringToSign)).toString('hex');
}

function hmac(key: string | Uint8Array, text: string): Uint8Array {
  return createHmac('sha256', key).update(text).digest();
}

// Decoded names: official SDKs sort before they encode, where `:` comes after `0` although `%3A` would not.
function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)); // UTF-8 keeps the order of code points
}

// Everything compared here is percent-encoded ASCII or a header name, where code units and code points agree.
function compareCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
