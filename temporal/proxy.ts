import { isIPv4 } from 'node:net';

type Env = Readonly<Record<string, string | undefined>>;

/** A proxy that stands between us and the Temporal server. */
export interface Proxy {
  /** The variable that names it. */
  readonly variable: string;
  readonly host: string;
  readonly port: number;
  readonly basicAuth: { readonly username: string; readonly password: string } | null;
}

/** In the order in which gRPC's own client looks at them. */
const VARIABLES = ['grpc_proxy', 'https_proxy', 'http_proxy'] as const;
const EXCEPTIONS = ['no_grpc_proxy', 'no_proxy'] as const;

/**
 * The proxy through which a Temporal server is reached, by the variables that gRPC's client honours; null: none, also where
 * they name what it cannot use. The worker's connection uses none by itself, and is given one. This machine is never reached
 * through one.
 * @param host - of the server, without its port
 * @see https://github.com/grpc/grpc/blob/master/doc/environment_variables.md
 */
export function proxyFor(host: string, env: Env): Proxy | null {
  if (isThisMachine(host) || isExcepted(host, env)) return null;
  const variable = VARIABLES.find((name) => env[name]);
  const value = (variable && env[variable]) ?? '';
  if (variable === undefined || !URL.canParse(value)) return null;
  const { protocol, hostname, port, username, password } = new URL(value);
  if (protocol !== 'http:' || hostname === '') return null;
  const basicAuth = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { variable, host: hostname, port: Number(port || 80), basicAuth: username === '' ? null : basicAuth };
}

/** How a proxy is named to people: by the variable, and never with its password. */
export function proxyText({ variable, host, port }: Proxy): string {
  return `the proxy ${host}:${port}, which ${variable} names`;
}

/** What gRPC's client is given so that it uses no proxy; it would read the variables otherwise. */
export const NO_PROXY = { channelArgs: { 'grpc.enable_http_proxy': 0 } } as const;

function isThisMachine(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return isLoopback(name) || name.endsWith('.localhost') || name.startsWith('::ffff:127.') || name === '0.0.0.0';
}

/** By the rules of gRPC's client: an address of this network, or the end of a name. */
function isExcepted(host: string, env: Env): boolean {
  const variable = EXCEPTIONS.find((name) => env[name]);
  const list = variable === undefined ? [] : (env[variable] ?? '').split(',');
  return list.some((entry) => isInNetwork(host, entry) || host.endsWith(entry));
}

function isInNetwork(host: string, network: string): boolean {
  const [ip = '', length = '', more] = network.split('/');
  if (!isIPv4(host) || !isIPv4(ip) || !/^\d{1,2}$/.test(length) || more !== undefined || Number(length) > 32)
    return false;
  const size = 2 ** (32 - Number(length));
  return Math.floor(toNumber(host) / size) === Math.floor(toNumber(ip) / size);
}

function toNumber(ip: string): number {
  return ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

/** Where a server listens. Null for addresses that only gRPC can resolve, such as `dns:///...`. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORT = 7233;

/** Reads `host:port` as the SDK does: without a port 7233 is meant. */
export function hostPortOf(address: string): HostPort | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:/[\]]+))(?::(\d{1,5}))?$/i.exec(address);
  if (match === null) return null;
  const [, ipv6, name, port] = match;
  return { host: ipv6 ?? name ?? '', port: port === undefined ? DEFAULT_PORT : Number(port) };
}

/** Whether a host, as a URL or a listener names it, is this machine alone: `localhost`, `127.x.x.x`, `::1` or `[::1]`. */
export function isLoopback(host: string): boolean {
  return ['localhost', '::1', '[::1]'].includes(host) || (isIPv4(host) && host.startsWith('127.'));
}
