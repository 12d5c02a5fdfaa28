import { timingSafeEqual } from 'node:crypto';
import { canonicalRequest, credentialScope, signature, type SignatureVersion } from '../../jdcloud/signature.js';
import { accessError } from '../model/api-error.js';
import type { Assumptions } from '../model/assumptions.js';
import type { Clock } from '../model/clock.js';
import type { QueryPair } from '../operations/parameters.js';

/** Who may call. */
export interface SimulatorCredentials {
  readonly accessKey: string;
  readonly secretKey: string;
  /** When set, every call must carry it, signed. */
  readonly sessionToken?: string;
  /** When they end, ISO 8601, by the simulator's clock. Absent: never. */
  readonly expiresAt?: string;
}

/** A request as it came in: path and query decoded once, header names in lower case. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly regionId: string;
  readonly query: readonly QueryPair[];
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

interface Claim {
  readonly version: SignatureVersion;
  readonly accessKey: string;
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const SERVICE = 'vm';
/** JD Cloud's own words are not documented. */
const EXPIRED = 'The security token has expired';
const TOKEN_HEADERS = ['x-jdcloud-security-token', 'x-jdcloud-session-token'];

/**
 * Verifies JDCLOUD2 and JDCLOUD3 signatures as the gateway does: the canonical request is built
 * anew from what was received, restricted to the headers that the client says it signed.
 */
export class SignatureCheck {
  /** By access key. */
  readonly #credentials = new Map<string, SimulatorCredentials>();
  readonly #assumptions: Assumptions;
  readonly #clock: Clock;
  readonly #nonces: NonceMemory;

  constructor(credentials: SimulatorCredentials, assumptions: Assumptions, clock: Clock) {
    this.grant(credentials);
    this.#assumptions = assumptions;
    this.#clock = clock;
    this.#nonces = new NonceMemory(assumptions.nonceWindowMinutes * 60_000);
  }

  /** Takes these credentials from now on, beside those that it takes already. */
  grant(credentials: SimulatorCredentials): void {
    this.#credentials.set(credentials.accessKey, credentials);
  }

  /** Takes credentials no more. */
  revoke(accessKey: string): void {
    this.#credentials.delete(accessKey);
  }

  /**
   * Returns warnings for the journal.
   * @throws ApiError 401 ACCESS_ERROR
   */
  verify(request: ReceivedRequest): readonly string[] {
    const claim = readClaim(request.headers);
    const credentials = this.#credentials.get(claim.accessKey);
    if (credentials === undefined) throw accessError('Invalid accessKey');
    const date = this.#checkDate(request, claim);
    const nonce = request.headers['x-jdcloud-nonce'];
    if (nonce === undefined || nonce === '') throw accessError('lack of header x-jdcloud-nonce');
    const warnings = this.#checkSignedNames(request, claim);
    this.#checkToken(request, credentials);
    const scope = { date, regionId: request.regionId, service: SERVICE };
    const canonical = canonicalRequest(signedPart(request, claim));
    const expected = signature(canonical, scope, credentials.secretKey, claim.version);
    if (!sameText(expected, claim.signature)) throw accessError('sign result is not same');
    if (!this.#nonces.isFresh(nonce, this.#clock.now())) throw accessError('x-jdcloud-nonce has been used');
    return warnings;
  }

  #checkDate({ headers, regionId }: ReceivedRequest, { scope, version }: Claim): string {
    const date = headers['x-jdcloud-date'] ?? '';
    const at = parseSigningDate(date);
    if (at === null) throw accessError('Invalid authentication credentials');
    const expectedScope = credentialScope({ date, regionId, service: SERVICE }, version);
    if (scope !== expectedScope) throw accessError('Invalid authentication credentials');
    const skewMs = Math.abs(this.#clock.now() - at);
    if (skewMs > this.#assumptions.clockSkewMinutes * 60_000) throw accessError('x-jdcloud-date is out of range');
    return date;
  }

  /** Refuses what leaves out a header that must be signed, and warns of one that should be. */
  #checkSignedNames({ headers }: ReceivedRequest, { signedHeaders, version }: Claim): string[] {
    const { requireHostSigned, dateAndNonceSigned } = this.#assumptions;
    const unsigned = (names: readonly string[]) => names.filter((name) => !signedHeaders.includes(name));
    const dateAndNonce = unsigned(['x-jdcloud-date', 'x-jdcloud-nonce']);
    const host = unsigned(['host']);
    const mayLackDate = version === 3 && dateAndNonceSigned === 'jdcloud2';
    const [missing] = [
      ...(mayLackDate ? [] : dateAndNonce),
      ...unsigned(TOKEN_HEADERS.filter((name) => headers[name] !== undefined)),
      ...(requireHostSigned ? host : []),
    ];
    if (missing !== undefined) throw accessError(`lack of ${missing} in signedHeaders`);
    return [...dateAndNonce, ...(version === 3 ? [] : host)].map((name) => `${name} is not signed`);
  }

  #checkToken({ headers }: ReceivedRequest, { sessionToken, expiresAt }: SimulatorCredentials): void {
    if (expiresAt !== undefined && this.#clock.now() >= Date.parse(expiresAt)) throw accessError(EXPIRED);
    if (sessionToken === undefined) return;
    const accepted = [sessionToken, Buffer.from(sessionToken).toString('base64')];
    const isThere = TOKEN_HEADERS.some((name) => accepted.includes(headers[name] ?? ''));
    if (!isThere) throw accessError('Invalid security token');
  }
}

function readClaim(headers: ReceivedRequest['headers']): Claim {
  const header = headers['authorization'] ?? '';
  const part = (pattern: RegExp): string => pattern.exec(header)?.[1] ?? '';
  if (header === '') throw accessError('lack of header authorization');
  const credential = part(/Credential=([^,\s]*)/);
  if (credential === '') throw accessError('lack of credential in the header authorization');
  if (!headers['x-jdcloud-date']) throw accessError('lack of header x-jdcloud-date');
  const names = part(/SignedHeaders=([^,\s]*)/);
  if (names === '') throw accessError('lack of header signedHeaders');
  const version = part(/^JDCLOUD([23])-HMAC-SHA256 /);
  const hex = part(/Signature=([0-9a-f]{64})$/);
  if (version === '' || hex === '') throw accessError('Invalid authentication credentials');
  const slash = `${credential}/`.indexOf('/');
  return {
    version: version === '2' ? 2 : 3,
    accessKey: credential.slice(0, slash),
    scope: credential.slice(slash + 1),
    signedHeaders: names.split(';'),
    signature: hex,
  };
}

// JDCLOUD3 signs the path with doubled slashes folded into one.
function signedPart({ method, path, query, headers, body }: ReceivedRequest, { version, signedHeaders }: Claim) {
  // A client may name `constructor` among the headers that it says it signed.
  const received = signedHeaders.map((name) => [name, (Object.hasOwn(headers, name) && headers[name]) || ''] as const);
  return {
    method,
    path: version === 3 ? path.replace(/\/+/g, '/') : path,
    query,
    headers: Object.fromEntries(received),
    body,
  };
}

function parseSigningDate(text: string): number | null {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second] = match;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? null : at;
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/** Nonces that were seen within a window. */
export class NonceMemory {
  readonly #windowMs: number;
  /** Nonce to when it was seen; in order of time. */
  readonly #seen = new Map<string, number>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Whether the nonce was not seen in the window before `nowMs`; it is seen from now on. */
  isFresh(nonce: string, nowMs: number): boolean {
    for (const [old, seenAt] of this.#seen) {
      if (nowMs - seenAt < this.#windowMs) break;
      this.#seen.delete(old);
    }
    if (this.#seen.has(nonce)) return false;
    this.#seen.set(nonce, nowMs);
    return true;
  }
}
