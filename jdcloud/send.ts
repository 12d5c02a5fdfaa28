import axios from 'axios';
import type { HttpAnswer } from './answer.js';
import type { Agents } from './connections.js';
import type { SignedRequest } from './signed-request.js';

/** A hundred VMs with all their disks are well under 1 MiB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** What goes over the wire, and how. */
export interface Sending {
  readonly method: string;
  readonly request: SignedRequest;
  /** Sent as they are: they have been signed. */
  readonly body: Buffer;
  readonly agents: Agents;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Sends one request and reads the whole answer, whatever its status. A redirect is an answer, not
 * followed: a signature is for one host. Environment variables such as HTTPS_PROXY are not heeded.
 * Throws what axios throws, which holds secrets: never let it out of this folder.
 */
export async function send({ method, request, body, agents, timeoutMs, signal }: Sending): Promise<HttpAnswer> {
  const response = await axios.request<unknown>({
    method,
    url: request.url,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': 'reimage',
      ...request.headers,
    },
    ...(body.byteLength > 0 && { data: body }),
    httpAgent: agents.http,
    httpsAgent: agents.https,
    proxy: false,
    maxRedirects: 0,
    timeout: timeoutMs,
    signal,
    maxContentLength: MAX_ANSWER_BYTES,
    responseType: 'arraybuffer',
    transformRequest: (data: unknown) => data,
    transformResponse: (data: unknown) => data,
    validateStatus: () => true,
  });
  const { status, headers, data } = response;
  return {
    status,
    header: (name) => {
      const value: unknown = headers[name];
      return typeof value === 'string' ? value : null;
    },
    body: data instanceof Uint8Array ? data : new Uint8Array(),
  };
}
