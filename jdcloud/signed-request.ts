import type { Endpoint } from './config.js';
import type { Credentials } from './credential-source.js';
import { encodeQuery, type QueryPair } from './query-encoding.js';
import { canonicalRequest, credentialScope, percentEncode, signature } from './signature.js';

/** JD Cloud's name of the service in signatures. */
const SERVICE = 'vm';

/** What is to be sent, in clear. */
export interface UnsignedRequest {
  readonly method: string;
  readonly regionId: string;
  /** Decoded, beginning with a slash, without the endpoint's prefix. */
  readonly path: string;
  readonly query: readonly QueryPair[];
  /** The bytes that will be sent; empty when there is no body. */
  readonly body: Uint8Array;
}

/** URL and headers, ready to send. */
export interface SignedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Signs by JDCLOUD2-HMAC-SHA256. Signed are host, date, nonce and the session token and no other
 * header: what an HTTP library adds or changes afterwards must not break the signature.
 * A prefix in the endpoint's path is signed with the rest, as it is sent.
 * @see docs/jdcloud.md#signing
 */
export function signRequest(
  request: UnsignedRequest,
  { endpoint, credentials, at, nonce }: { endpoint: Endpoint; credentials: Credentials; at: Date; nonce: string },
): SignedRequest {
  const path = `${endpoint.pathPrefix}${request.path}`;
  const scope = { date: signingDate(at), regionId: request.regionId, service: SERVICE };
  const signed = {
    host: endpoint.host,
    'x-jdcloud-date': scope.date,
    'x-jdcloud-nonce': nonce,
    ...(credentials.sessionToken !== undefined && { 'x-jdcloud-security-token': credentials.sessionToken }),
  };
  const canonical = canonicalRequest({ ...request, path, headers: signed });
  const hex = signature(canonical, scope, credentials.secretKey);
  const names = Object.keys(signed).toSorted().join(';');
  const encodedPath = path.split('/').map(percentEncode).join('/');
  return {
    url: `${endpoint.origin}${encodedPath}${request.query.length > 0 ? `?${encodeQuery(request.query)}` : ''}`,
    headers: {
      ...signed,
      authorization: `JDCLOUD2-HMAC-SHA256 Credential=${credentials.accessKey}/${credentialScope(scope)}, SignedHeaders=${names}, Signature=${hex}`,
    },
  };
}

/** `YYYYMMDDTHHmmssZ`, UTC. */
function signingDate(at: Date): string {
  return at.toISOString().replace(/[-:]|\.\d{3}/g, '');
}
