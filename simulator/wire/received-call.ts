import { ApiError, invalidArgument } from './api-error.js';
import { parseQuery, type QueryPair, QueryReader } from './query-reader.js';
import { matchRoute, type RouteMatch } from './routes.js';

/** What the HTTP server hands over: the request line and body as they came. */
export interface RawCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** A call whose route is known. Nothing about it is verified yet. */
export interface ReceivedCall {
  readonly route: RouteMatch;
  readonly path: string;
  readonly query: readonly QueryPair[];
  /** VMs that the path or a filter names. */
  readonly instanceIds: readonly string[];
  /** Query and body in clear, without the password. */
  readonly params: Readonly<Record<string, unknown>>;
}

// JD Cloud's gateway: "URI too long".
const MAX_URL_BYTES = 8 * 1024;

// More than any body of the API has. What the journal holds must be writable as JSON, which recurses.
const MAX_NESTING = 100;

/** @throws ApiError for what the gateway turns away: a URL too long or malformed, a route that is none */
export function receive({ method, url, body }: RawCall): ReceivedCall {
  if (url.length > MAX_URL_BYTES) throw new ApiError(414, 'HTTP_URI_TOO_LONG', 'URI too long');
  const { path, query } = decodeUrl(url);
  const route = matchRoute(method, path);
  if (route === null) throw new ApiError(404, 'NOT_FOUND', 'no route and no API found with those values');
  const named = query.filter(([name]) => /^filters\.\d+\.values\.\d+$/.test(name)).map(([, value]) => value);
  const instanceId = route.pathParams['instanceId'];
  return {
    route,
    path,
    query,
    instanceIds: instanceId === undefined ? named : [instanceId],
    params: { ...Object.fromEntries(query), ...withoutPassword(tryReadJson(body) ?? {}) },
  };
}

/** The JSON object of a body; an empty body is an empty object. @throws ApiError 400 for anything else */
export function readJson(body: Uint8Array): Readonly<Record<string, unknown>> {
  const object = tryReadJson(body);
  if (object === null) throw invalidArgument('Request body is not a JSON object');
  return object;
}

/** A reader of the query. @throws ApiError 400 when a name comes twice */
export function queryReader({ query }: ReceivedCall): QueryReader {
  return new QueryReader(query);
}

function withoutPassword(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const hide = (key: string, value: unknown): unknown =>
    key.toLowerCase() === 'password' && value != null ? '(hidden)' : value;
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, hide(key, value)]));
}

function tryReadJson(body: Uint8Array): Record<string, unknown> | null {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && isNestedWithin(MAX_NESTING, value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function isNestedWithin(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isNestedWithin(levels - 1, inner));
}

function decodeUrl(url: string): { path: string; query: QueryPair[] } {
  const [rawPath = '', ...rest] = url.split('?');
  try {
    const path = rawPath.split('/').map(decodeURIComponent).join('/');
    return { path, query: parseQuery(rest.join('?')) };
  } catch {
    throw new ApiError(400, 'HTTP_BAD_REQUEST', 'the request blocked by security rules');
  }
}
