import { ApiError } from '../model/api-error.js';
import type { Assumptions } from '../model/assumptions.js';
import type { AnswerFault, FaultTarget } from '../model/fault-rule.js';

/** What is written on the wire. */
export interface WireAnswer {
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer of JD Cloud: a result, nothing, or an error in its envelope. */
export function answerOf(requestId: string, outcome: object | null | ApiError): WireAnswer {
  if (!(outcome instanceof ApiError)) {
    return json(200, requestId, { requestId, ...(outcome !== null && { result: outcome }) });
  }
  const { httpStatus, status, message, retryAfterSeconds } = outcome;
  const error = { code: httpStatus, message, status };
  const retryAfter = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  return json(httpStatus, requestId, { requestId, error }, retryAfter);
}

/** What a fault makes of the answer; null when the connection is to be destroyed. */
export function faultyAnswer(
  fault: AnswerFault,
  requestId: string,
  target: FaultTarget,
  assumptions: Assumptions,
): WireAnswer | null {
  if ('drop' in fault) return null;
  if ('throttle' in fault) return answerOf(requestId, throttled(assumptions, fault.retryAfterSeconds ?? null));
  if ('quota' in fault) return answerOf(requestId, new ApiError(429, 'QUOTA_EXCEEDED', 'Image quota limit exceeded'));
  if ('body' in fault) return oddBody(fault.body, fault.status, requestId);
  const [word, text] = usual(fault.status, target, assumptions);
  const { code = word, message = text, retryAfterSeconds = null } = fault;
  return answerOf(requestId, new ApiError(fault.status, code, message, retryAfterSeconds));
}

function oddBody(
  body: 'html' | 'empty' | 'truncated' | 'wrong-shape',
  status: number | undefined,
  requestId: string,
): WireAnswer {
  switch (body) {
    case 'html': {
      const page = '<html>\r\n<head><title>Temporarily Unavailable</title></head>\r\n<body>nginx</body>\r\n</html>\r\n';
      return { httpStatus: status ?? 503, headers: { 'content-type': 'text/html' }, body: page };
    }
    case 'empty':
      return { httpStatus: status ?? 200, headers: { 'content-type': 'application/json' }, body: '' };
    case 'truncated': {
      const whole = answerOf(requestId, null);
      return { ...whole, httpStatus: status ?? 200, body: whole.body.slice(0, 20) };
    }
    case 'wrong-shape':
      return json(status ?? 200, requestId, { code: 0, data: [] });
  }
}

/** Status word and text that JD Cloud or its gateway usually sends with an HTTP status. */
function usual(
  httpStatus: number,
  { instanceIds }: FaultTarget,
  { throttleStatus }: Assumptions,
): readonly [string, string] {
  const texts: Readonly<Record<number, readonly [string, string]>> = {
    400: ['INVALID_ARGUMENT', 'Invalid argument'],
    401: ['ACCESS_ERROR', 'sign result is not same [gw]'],
    403: ['PERMISSION_DENIED', 'Permission denied'],
    404: ['NOT_FOUND', instanceIds[0] === undefined ? 'Resource not found' : `Instance '${instanceIds[0]}' not found.`],
    429: [throttleStatus, 'minute rate limit exceeded, role:ak'],
    500: ['INTERNAL', 'Internal server error'],
    502: ['HTTP_BAD_GATEWAY', 'An invalid response was received from the upstream server'],
    503: ['HTTP_SERVICE_UNAVAILABLE', 'The upstream server is currently unavailable'],
    504: ['HTTP_SERVER_TIMING_OUT', 'The upstream server is timing out'],
  };
  return texts[httpStatus] ?? ['UNKNOWN', 'Unknown server error'];
}

function json(httpStatus: number, requestId: string, body: object, headers: Record<string, string> = {}): WireAnswer {
  return {
    httpStatus,
    headers: { 'content-type': 'application/json; charset=utf-8', 'x-jdcloud-request-id': requestId, ...headers },
    body: JSON.stringify(body),
  };
}

const MINUTE_MS = 60_000;

/** 429 as the gateway says it, for whichever reason. */
export function throttled({ throttleStatus }: Assumptions, retryAfterSeconds: number | null): ApiError {
  return new ApiError(429, throttleStatus, 'minute rate limit exceeded, role:ak', retryAfterSeconds);
}

/** Counts the calls of the access key within each minute of the clock. */
export class MinuteLimit {
  readonly #assumptions: Assumptions;
  #minute = 0;
  #calls = 0;

  constructor(assumptions: Assumptions) {
    this.#assumptions = assumptions;
  }

  /** @throws ApiError 429 */
  count(nowMs: number): void {
    const { callsPerMinute } = this.#assumptions;
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== this.#minute) this.#calls = 0;
    this.#minute = minute;
    this.#calls++;
    if (callsPerMinute > 0 && this.#calls > callsPerMinute) throw throttled(this.#assumptions, null);
  }
}
