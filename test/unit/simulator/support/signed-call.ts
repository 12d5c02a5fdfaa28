import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import {
  canonicalRequest,
  credentialScope,
  percentEncode,
  signature,
  type SignatureVersion,
} from '../../../../jdcloud/signature.js';
import type { Simulator } from '../../../../simulator/start-simulator.js';

/** A request to be signed; what is absent is as an honest client sends it. */
export interface Draft {
  readonly method?: string;
  /** After `/v1/regions/{regionId}`. */
  readonly path: string;
  readonly query?: readonly (readonly [string, string])[];
  /** null or absent: none is sent. */
  readonly body?: string | null;
  readonly version?: SignatureVersion;
  /** Its date. Absent: now, as the next field has it. */
  readonly at?: Date;
  /** How old its date is when it is signed; negative: ahead. */
  readonly minutesOld?: number;
  readonly nonce?: string;
  readonly accessKey?: string;
  readonly secretKey?: string;
  readonly regionId?: string;
  readonly service?: string;
  /** Region in the signature's scope, when not that of the path. */
  readonly scopeRegionId?: string;
  readonly signedHeaders?: readonly string[];
  readonly moreHeaders?: Readonly<Record<string, string>>;
}

/** A signed request, ready to be sent or tampered with. */
export interface Signed {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export const Envelope = z.looseObject({
  requestId: z.string().optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.looseObject({ code: z.int(), status: z.string(), message: z.string() }).optional(),
});

/** What came back. `json` is null when the body is not JSON. */
export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: z.output<typeof Envelope> | null;
}

/** Signs a request by jdcloud/signature.ts. */
export function sign(simulator: Simulator, draft: Draft): Signed {
  const { method = 'GET', version = 2, regionId = 'cn-north-1', body = null, query = [], minutesOld = 0 } = draft;
  const { host } = new URL(simulator.endpoint);
  const path = `/v1/regions/${regionId}${draft.path}`;
  const { at = new Date(Date.now() - minutesOld * 60_000) } = draft;
  const date = at.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const all: Record<string, string> = {
    host,
    'x-jdcloud-date': date,
    'x-jdcloud-nonce': draft.nonce ?? randomUUID(),
    ...draft.moreHeaders,
  };
  const usual = version === 3 ? Object.keys(all).filter((name) => name !== 'host') : Object.keys(all);
  const names = [...(draft.signedHeaders ?? usual)].toSorted();
  const scope = { date, regionId: draft.scopeRegionId ?? regionId, service: draft.service ?? 'vm' };
  const headers = Object.fromEntries(names.map((name) => [name, all[name] ?? '']));
  const canonical = canonicalRequest({ method, path, query, headers, body: body ?? '' });
  const hex = signature(canonical, scope, draft.secretKey ?? simulator.credentials.secretKey, version);
  const credential = `${draft.accessKey ?? simulator.credentials.accessKey}/${credentialScope(scope, version)}`;
  const search = query.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join('&');
  const { host: _host, ...sent } = all;
  return {
    url: `${simulator.endpoint}${path.split('/').map(percentEncode).join('/')}${search === '' ? '' : `?${search}`}`,
    method,
    headers: {
      ...sent,
      authorization: `JDCLOUD${version}-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${hex}`,
    },
    body,
  };
}

/** Sends a request as it stands. Rejects when the connection breaks. */
export async function send({ url, method, headers, body }: Signed): Promise<Received> {
  const response = await fetch(url, { method, headers, body });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parseEnvelope(text) };
}

/** Signs and sends. */
export async function call(simulator: Simulator, draft: Draft): Promise<Received> {
  return send(sign(simulator, draft));
}

/** A call of an action with a JSON body. */
export async function act(
  simulator: Simulator,
  instanceId: string,
  action: string,
  body: object = {},
): Promise<Received> {
  return call(simulator, { method: 'POST', path: `/instances/${instanceId}:${action}`, body: JSON.stringify(body) });
}

/** HTTP status, status word and text of an answer, in one line; `200` when it is no error. */
export function gist({ status, json }: Received): string {
  return json?.error === undefined ? String(status) : `${status} ${json.error.status} ${json.error.message}`;
}

function parseEnvelope(text: string): z.output<typeof Envelope> | null {
  try {
    return Envelope.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
