import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import axios from 'axios';
import { faultText, type ProbeResult, type ProbeLimits, probeWithin, msSince } from './probes.js';

export interface HttpTarget {
  readonly url: string;
  /** Statuses that are good. @default 200 to 299 */
  readonly statuses?: readonly number[] | undefined;
  readonly bodyIncludes?: string | undefined;
  /** Takes any certificate. */
  readonly insecureTls: boolean;
}

/**
 * Good when a GET is answered with a good status and, where a text is wanted, with a body that has it. Without one the
 * body is not read. Redirects are not followed, proxies of the environment not used, connections not kept.
 */
export function httpProbe(target: HttpTarget, limits: ProbeLimits): Promise<ProbeResult> {
  let answered: string | null = null;
  return probeWithin(
    limits,
    async (signal) => {
      const startedAt = performance.now();
      const { status, data } = await get(target, signal);
      const tookMs = msSince(startedAt);
      answered = `answered ${status}`;
      // Once let go of, a body may still break off: that must not end the worker.
      data.on('error', () => undefined);
      try {
        if (!isGoodStatus(status, target)) return { isGood: false, message: answered, tookMs };
        const lack = target.bodyIncludes === undefined ? null : await lackOf(data, target.bodyIncludes, signal);
        return lack === null
          ? { isGood: true, message: answered, tookMs }
          : { isGood: false, message: `${answered}, ${lack}` };
      } finally {
        data.destroy();
      }
    },
    () => (answered === null ? 'no answer' : `${answered}, no whole body`),
  );
}

async function get({ url, insecureTls }: HttpTarget, signal: AbortSignal): Promise<{ status: number; data: Readable }> {
  const { status, data } = await axios.get<unknown>(url, {
    adapter: 'http',
    headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'reimage' },
    httpAgent: new http.Agent(),
    httpsAgent: new https.Agent({ rejectUnauthorized: !insecureTls, maxCachedSessions: 0 }),
    proxy: false,
    maxRedirects: 0,
    responseType: 'stream',
    validateStatus: () => true,
    signal,
  });
  if (!(data instanceof Readable)) throw new TypeError('axios gave no stream');
  return { status, data };
}

function isGoodStatus(status: number, { statuses }: HttpTarget): boolean {
  return statuses === undefined ? status >= 200 && status <= 299 : statuses.includes(status);
}

/** What is wrong with a body; null when it has the text. The signal ends the body, too: axios sees to that. */
async function lackOf(body: Readable, text: string, signal: AbortSignal): Promise<string | null> {
  try {
    return (await bodyIncludes(body, text)) ? null : 'body lacks the text';
  } catch (error) {
    signal.throwIfAborted();
    return `then ${faultText(error)}`;
  }
}

/** How much of a body is looked at. */
export const SEARCHED_BYTES = 1024 * 1024;

/**
 * Whether a text stands in the first MiB of a body, byte for byte in UTF-8. Reads no further than it must, and holds
 * no more than one chunk. Rejects with what the body throws.
 */
export async function bodyIncludes(body: AsyncIterable<unknown>, text: string): Promise<boolean> {
  const wanted = Buffer.from(text);
  let unread = SEARCHED_BYTES;
  let tail = Buffer.alloc(0);
  for await (const piece of body) {
    if (!(piece instanceof Uint8Array)) continue;
    const chunk = Buffer.concat([tail, piece.subarray(0, unread)]);
    if (chunk.includes(wanted)) return true;
    unread -= piece.length;
    if (unread <= 0) return false;
    tail = chunk.subarray(Math.max(0, chunk.length - wanted.length + 1));
  }
  return false;
}
