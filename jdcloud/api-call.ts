import type * as z from 'zod';
import { RefusedError } from './errors.js';
import type { JdCloudErrorFacts } from './errors.js';
import type { QueryPair } from './query-encoding.js';

/** One call, before it is signed. */
export interface ApiCall<Result> {
  /** JD Cloud's operation, for example `rebuildInstance`. */
  readonly operation: string;
  /** What it is about, for messages: `of i-abc` or `in cn-north-1`. */
  readonly about: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly regionId: string;
  /** Decoded segments after `/v1/regions/{regionId}`. */
  readonly path: readonly string[];
  /** Joined to the last segment by a colon: `stopInstance`. */
  readonly action?: string;
  readonly query?: readonly QueryPair[];
  readonly body?: object;
  /** Texts of the body that must not come back in a message, should the server echo them. */
  readonly secrets?: readonly string[];
  /** Awaited straight before the first byte goes out; see `ChangeOptions`. */
  readonly beforeSend?: (() => Promise<void>) | undefined;
  /** It stands on what was read a moment ago: it goes before others, or within seconds not at all. */
  readonly isUrgent?: boolean;
  /** Shape of `result` in the answer. */
  readonly result: z.ZodType<Result>;
}

/** `rebuildInstance of i-abc`: how each message of a failed call begins. */
export function callName({ operation, about }: Pick<ApiCall<unknown>, 'operation' | 'about'>): string {
  return `${operation} ${oneLine(about)}`;
}

/** Text of others, cut and without control characters, so that it may stand in a message or a log line. */
export function oneLine(text: string, maxLength = 500): string {
  const line = text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > maxLength ? `${line.slice(0, maxLength)}...` : line;
}

/** Facts of a call that no answer came to. */
export function factsWithoutAnswer(
  { operation }: Pick<ApiCall<unknown>, 'operation'>,
  { mayHaveArrived }: { mayHaveArrived: boolean },
): JdCloudErrorFacts {
  return {
    operation,
    httpStatus: null,
    status: null,
    code: null,
    requestId: null,
    retryAfterMs: null,
    mayHaveArrived,
  };
}

/** The error of a call that is not sent, because sending it would be wrong. */
export function refusedBeforeSending(call: Pick<ApiCall<unknown>, 'operation' | 'about'>, why: string): RefusedError {
  return new RefusedError(`${callName(call)}: not sent, ${why}`, factsWithoutAnswer(call, { mayHaveArrived: false }));
}

// It stands in the header Authorization too, between commas, spaces and slashes.
const REGION = /^[A-Za-z0-9-]+$/;

/**
 * The decoded path after the endpoint's prefix. Throws a RefusedError for an id that is no path
 * segment of its own: JD Cloud's gateway decodes the path before it routes, so even an encoded
 * slash or colon could name something else, and an empty id would list or act on who knows what.
 */
export function pathOf(call: ApiCall<unknown>): string {
  if (!REGION.test(call.regionId)) throw refusedBeforeSending(call, `"${oneLine(call.regionId)}" cannot be a region`);
  const segments = [call.regionId, ...call.path];
  const bad = segments.find((segment) => segment === '' || segment === '.' || segment === '..' || /[/:]/.test(segment));
  if (bad !== undefined) throw refusedBeforeSending(call, `"${oneLine(bad)}" cannot be an id`);
  return `/v1/regions/${segments.join('/')}${call.action === undefined ? '' : `:${call.action}`}`;
}
