import { createRequire } from 'node:module';
import * as z from 'zod';

/** A request as the official SDK takes it. */
export interface OfficialRequest {
  readonly method: 'GET' | 'POST';
  readonly regionId: string;
  /** Filled into `/regions/{regionId}/instances/{id}` behind `/v1`. */
  readonly id: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object | null;
  readonly at: Date;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** What the official SDK would send. */
export interface OfficiallySigned {
  readonly signature: string;
  readonly scope: string;
  /** The headers that it signed, names in lower case. */
  readonly signedHeaders: Record<string, string>;
  readonly body: string;
}

interface SdkRequest {
  readonly request: { readonly headers: { get: (name: string) => string | null } };
}
interface Sdk {
  readonly config: { logger: () => void };
  readonly JCRequest: new (
    service: object,
    path: string,
    method: string,
    pathParams: object,
    queryParams: object,
    headerParams: object,
    formParams: object,
    postBody: object | null,
    contentTypes: string[],
    accepts: string[],
    returnType: null,
  ) => SdkRequest;
}
type SignerClass = new (request: SdkRequest, service: string) => { addAuthorization: (keys: object, at: Date) => void };

const hasRequest = (value: unknown) => typeof value === 'object' && value !== null && 'JCRequest' in value;
const require = createRequire(import.meta.url);
// The node loader comes first: without it the signer has no crypto.
const sdk = z.custom<Sdk>(hasRequest).parse(require('jdcloud-sdk-js/src/lib/node_loader'));
const SignerV2 = z
  .custom<SignerClass>((value) => typeof value === 'function')
  .parse(require('jdcloud-sdk-js/src/lib/signers/v2'));
sdk.config.logger = () => {}; // it prints requests, passwords included, to the console

const HOST = 'vm.jdcloud-api.com';
const AUTHORIZATION = /Credential=[^/]+\/(?<scope>\S+), SignedHeaders=(?<names>\S+), Signature=(?<signature>\S+)$/;

/** Signs by the official SDK's own code, as its VM client does. */
export function signOfficially({
  method,
  regionId,
  id,
  query,
  headers,
  body,
  at,
  keys,
}: OfficialRequest): OfficiallySigned {
  const service = { config: { endpoint: { protocol: 'https', host: HOST }, basePath: '/v1', regionId } };
  const json = ['application/json'];
  const path = '/regions/{regionId}/instances/{id}';
  const params = { regionId, id };
  const request = new sdk.JCRequest(service, path, method, params, query, { ...headers }, {}, body, json, json, null);
  new SignerV2(request, 'vm').addAuthorization(keys, at);
  const sent = request.request.headers;
  const parts = AUTHORIZATION.exec(sent.get('authorization') ?? '')?.groups;
  const names = (parts?.['names'] ?? '').split(';');
  return {
    signature: parts?.['signature'] ?? '',
    scope: parts?.['scope'] ?? '',
    signedHeaders: Object.fromEntries(names.map((name) => [name, sent.get(name) ?? ''])),
    body: body === null ? '' : JSON.stringify(body),
  };
}
