import { connect as connectHttp2, type SecureClientSessionOptions } from 'node:http2';
import { request } from 'node:http';
import type { ConnectSettings } from './connect-settings.js';
import { type HostPort, hostPortOf, type Proxy, proxyFor, proxyText } from './proxy.js';

/** The proxy on the way to an address, by the environment of this process, as gRPC's client reads it; null: none. */
export function proxyOnTheWayTo(address: string): Proxy | null {
  const target = hostPortOf(address);
  return target && proxyFor(target.host, process.env);
}

/**
 * Finds out, by knocking, why a Temporal server cannot be reached, in words for people: gRPC's client and the worker's
 * core only say that it took too long, or show their insides.
 * @param signal - ends the knocking
 * @returns null once something answers that may be a server, or when `signal` aborts
 */
export async function whyUnreachable(settings: ConnectSettings, signal: AbortSignal): Promise<string | null> {
  const target = hostPortOf(settings.address);
  if (target === null || signal.aborted) return null;
  const proxy = proxyOnTheWayTo(settings.address);
  return proxy === null ? await knock(target, settings, signal) : await knockAtProxy(proxy, target, signal);
}

async function knock(
  { host, port }: HostPort,
  { connectionOptions }: ConnectSettings,
  signal: AbortSignal,
): Promise<string | null> {
  const tls = tlsOf(connectionOptions);
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const session = connectHttp2(`${tls === null ? 'http' : 'https'}://${authority}`, tls ?? {});
  try {
    return await new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(null), { once: true });
      session.once('remoteSettings', () => resolve(null));
      session.once('error', (error) => resolve(errorText(error, host)));
      session.once('close', () => resolve(NOT_OURS));
    });
  } finally {
    session.destroy();
  }
}

const NOT_OURS =
  'something else listens there than a Temporal server (port 7233 by default; its web UI has another), or one that wants TLS';

type SessionOptions = SecureClientSessionOptions;

/** What the SDK makes of the same settings; null: no TLS. */
function tlsOf({ tls, apiKey }: ConnectSettings['connectionOptions']): SessionOptions | null {
  const wanted = tls ?? apiKey !== undefined;
  if (wanted === false || wanted === null) return null;
  if (wanted === true) return {};
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = wanted;
  return {
    ...(serverNameOverride != null && { servername: serverNameOverride }),
    ...(serverRootCACertificate != null && { ca: Buffer.from(serverRootCACertificate) }),
    ...(clientCertPair != null && { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
  };
}

async function knockAtProxy(proxy: Proxy, { host, port }: HostPort, signal: AbortSignal): Promise<string | null> {
  const { basicAuth } = proxy;
  const headers =
    basicAuth === null
      ? {}
      : {
          'proxy-authorization': `Basic ${Buffer.from(`${basicAuth.username}:${basicAuth.password}`).toString('base64')}`,
        };
  const path = `${host}:${port}`;
  const asking = request({ host: proxy.host, port: proxy.port, method: 'CONNECT', path, headers, signal });
  try {
    return await new Promise((resolve) => {
      asking.once('connect', ({ statusCode }) => {
        resolve(statusCode === 200 ? null : `${proxyText(proxy)}, refused the way with HTTP ${statusCode}`);
      });
      asking.once('response', ({ statusCode }) => resolve(`${proxyText(proxy)}, answered HTTP ${statusCode}`));
      asking.once('error', (error) => {
        resolve(signal.aborted ? null : `${proxyText(proxy)}, cannot be reached: ${errorText(error, proxy.host)}`);
      });
      asking.end();
    });
  } finally {
    asking.destroy();
  }
}

/** An error of the network in words, with its code for who looks it up. */
function errorText(error: NodeJS.ErrnoException, host: string): string {
  const code = error.code ?? '';
  const said = WORDS[code];
  if (said !== undefined) return `${said.replace('HOST', host)} (${code})`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return `it does not speak TLS as we are told to (${code})`;
  if (/^ERR_HTTP2|^ECONNRESET$|^EPIPE$/.test(code)) return `${NOT_OURS} (${code})`;
  if (/CERT|SIGNATURE|CA$/.test(code)) return `its certificate is not accepted: ${error.message} (${code})`;
  return code === '' ? error.message : `${error.message} (${code})`;
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused, nothing listens there',
  ENOTFOUND: 'there is no host HOST',
  EAI_AGAIN: 'the name server does not tell where HOST is',
  EHOSTUNREACH: 'there is no way to HOST',
  ENETUNREACH: 'there is no way to the network of HOST',
  ETIMEDOUT: 'HOST does not answer',
};
