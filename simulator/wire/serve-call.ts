import { ApiError, invalidArgument } from '../model/api-error.js';
import { type AnswerFault, describeFault, type FaultTarget, type StaleFault } from '../model/fault-rule.js';
import type { CallOutcome } from '../model/journal.js';
import { freshRequestId } from '../model/region-state.js';
import { parseQuery, type QueryPair, QueryReader } from '../operations/parameters.js';
import type { Behind } from '../region/live-region.js';
import type { Cloud } from './cloud.js';
import { matchRoute, type RouteMatch } from './routes.js';
import { answerOf, faultyAnswer, type WireAnswer } from './wire-answer.js';

type Complete = (outcome: CallOutcome) => void;
/** What a handler came to: a result, nothing, or a refusal. */
type Outcome = object | null | ApiError;

/**
 * Takes one request through the gateway and the service: route, signature, rate, faults, handler.
 * Every request stands in the journal, also one that was refused.
 * @returns what to write on the wire, or null when the connection is to be destroyed
 */
export async function serveCall(cloud: Cloud, raw: RawCall): Promise<WireAnswer | null> {
  const requestId = freshRequestId();
  const complete = cloud.world.journal.arrive(requestId);
  const answer = await gateway(cloud, raw, requestId, complete).catch((error: unknown) => {
    const refusal = toRefusal(error);
    complete({ errorStatus: refusal.status, errorMessage: refusal.message });
    return answerOf(requestId, refusal);
  });
  if (answer !== null) complete({ httpStatus: answer.httpStatus });
  return answer;
}

async function gateway(cloud: Cloud, raw: RawCall, requestId: string, complete: Complete): Promise<WireAnswer | null> {
  const call = receive(raw);
  const { route, path, query, instanceIds, params } = call;
  const { operation, regionId, pathParams } = route;
  complete({ operation, regionId, instanceId: pathParams['instanceId'] ?? null, params });
  const warnings = cloud.signatures.verify({ ...raw, path, query, regionId });
  for (const warning of warnings) complete({ warning });
  cloud.limit.count(cloud.world.clock.now());
  return withFaults(cloud, { operation, instanceIds }, requestId, complete, () => perform(cloud, call, raw, complete));
}

async function withFaults(
  cloud: Cloud,
  target: FaultTarget,
  requestId: string,
  complete: Complete,
  run: () => Outcome,
): Promise<WireAnswer | null> {
  const delay = cloud.faults.delay(target);
  const fault = cloud.faults.answer(target);
  for (const struck of [delay, fault]) if (struck !== null) complete({ fault: describeFault(struck) });
  if (delay?.when === 'before') await cloud.world.clock.wait(delay.delayMs);
  const outcome = fault === null || isPerformedAllTheSame(fault) ? run() : null;
  if (outcome instanceof ApiError) complete({ errorStatus: outcome.status, errorMessage: outcome.message });
  if (delay?.when === 'after') await cloud.world.clock.wait(delay.delayMs);
  if (fault === null) return answerOf(requestId, outcome);
  return faultyAnswer(fault, requestId, target, cloud.world.assumptions);
}

function isPerformedAllTheSame(fault: AnswerFault): boolean {
  if ('drop' in fault) return fault.drop === 'after';
  return 'when' in fault && fault.when === 'after';
}

/** Runs the handler. Synchronous as a whole, so that calls take effect one after the other. */
function perform(cloud: Cloud, call: ReceivedCall, raw: RawCall, complete: Complete): Outcome {
  const { route, instanceIds } = call;
  const target = { operation: route.operation, instanceIds };
  try {
    const query = queryReader(call);
    const stale = cloud.staleRead(target);
    if (stale !== null) complete({ fault: describeFault(stale) });
    const result = route.handler({
      region: cloud.regionOf(route.regionId),
      pathParams: route.pathParams,
      query,
      body: readJson(raw.body),
      behind: stale === null ? null : behindOf(stale),
      outcome: () => {
        const outcome = cloud.faults.outcome(target);
        if (outcome !== null) complete({ fault: describeFault({ outcome }) });
        return outcome;
      },
      warn: (warning) => complete({ warning }),
    });
    for (const name of query.unread()) complete({ warning: `unknown query parameter ${name}` });
    complete({ performed: true });
    return result;
  } catch (error) {
    return toRefusal(error);
  }
}

function behindOf({ stale, withinMs }: StaleFault): Behind {
  return { states: stale === true ? 1 : stale, withinMs: withinMs ?? null };
}

function toRefusal(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(
    500,
    'INTERNAL',
    `simulator bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
}

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
