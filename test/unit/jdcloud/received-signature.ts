import { canonicalRequest, signature } from '../../../jdcloud/signature.js';
import type { Received } from './answering-server.js';

const AUTHORIZATION =
  /^JDCLOUD2-HMAC-SHA256 Credential=(?<key>[^/]+)\/\d{8}\/(?<region>[^/]+)\/vm\/jdcloud2_request, SignedHeaders=(?<names>\S+), Signature=(?<hex>[0-9a-f]{64})$/;

/** What a server finds when it checks the signature of what it received: decoded once, signed again. */
export function checkSignature(received: Received, secretKey: string) {
  const parts = AUTHORIZATION.exec(received.headers.authorization ?? '')?.groups ?? {};
  const [path = '', search] = received.url.split('?');
  const headers = Object.fromEntries(
    (parts['names'] ?? '').split(';').map((name) => [name, String(received.headers[name] ?? '')]),
  );
  const canonical = canonicalRequest({
    method: received.method,
    path: decodeURIComponent(path),
    query: (search?.split('&') ?? []).map((pair) => {
      const [name = '', value = ''] = pair.split('=').map(decodeURIComponent);
      return [name, value] as const;
    }),
    headers,
    body: received.body,
  });
  const scope = { date: headers['x-jdcloud-date'] ?? '', regionId: parts['region'] ?? '', service: 'vm' };
  return {
    accessKey: parts['key'],
    signedHeaders: parts['names'],
    isRight: signature(canonical, scope, secretKey) === parts['hex'],
  };
}
