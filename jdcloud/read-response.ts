import * as z from 'zod';
import { type ApiCall, callName, factsWithoutAnswer, oneLine } from './api-call.js';
import { type AnswerClock, describeSkew, retryAfterMs } from './clocks.js';
import {
  BusyError,
  ClockSkewError,
  CredentialsError,
  type JdCloudError,
  type JdCloudErrorFacts,
  type MissingResource,
  NotFoundError,
  PermissionError,
  QuotaError,
  RefusedError,
  ThrottledError,
  UnavailableError,
  WrongStateError,
} from './errors.js';

/** A success, read. */
export interface ReadAnswer<Result> {
  readonly httpStatus: number;
  readonly requestId: string;
  readonly result: Result;
}

/**
 * Reads an answer by the shape that the call expects. A success without a request id is not taken
 * for one: JD Cloud always gives it, and `{}` may come from anywhere.
 * Throws a JdCloudError for everything else.
 */
export function readAnswer<Result>(call: ApiCall<Result>, answer: HttpAnswer, clock: AnswerClock): ReadAnswer<Result> {
  const decoded = decodeAnswer(answer);
  const { envelope, requestId } = decoded;
  const isSuccess = answer.status >= 200 && answer.status < 300;
  if (!isSuccess || envelope === null || envelope.error) throw errorOfAnswer(call, answer, decoded, clock);
  if (requestId === null) throw wrongShapeError(call, answer, decoded, 'it has no request id');
  const parsed = call.result.safeParse(envelope.result);
  if (parsed.success) return { httpStatus: answer.status, requestId, result: parsed.data };
  const issues = parsed.error.issues.slice(0, 3);
  const what = issues.map(({ path, message }) => `${['result', ...path].join('.')}: ${message}`).join('; ');
  throw wrongShapeError(call, answer, decoded, what);
}

// Another task runs. Status and HTTP code are those of a permanent refusal: only the text tells.
const BUSY = [/^Conflict with underlay /i, /\bis busy\b/i, /^Disk '.*' busy in /i];
const WRONG_STATE = [/^Invalid instance status\b/i, /^Please stop the instance first\b/i];
const MISSING: readonly (readonly [MissingResource, RegExp])[] = [
  ['instance', /^Instance\b/i],
  ['image', /^Image\b/i],
  ['keypair', /^Keypair\b/i],
  ['disk', /^(System )?disk\b/i],
  ['snapshot', /^Snapshot\b/i],
];

/** A 4xx of JD Cloud's own refused the call; a proxy's says nothing of what JD Cloud did. */
function mayHaveArrived(status: number, isJdClouds: boolean): boolean {
  return !isJdClouds || status < 400 || status >= 500;
}

/**
 * The error of an answer that is not a success. An answer without JD Cloud's envelope is some
 * proxy's and says nothing about the VM, whatever its status: an UnavailableError.
 * @see docs/jdcloud.md#errors
 */
export function errorOfAnswer(
  call: ApiCall<unknown>,
  answer: HttpAnswer,
  decoded: DecodedAnswer,
  clock: AnswerClock,
): JdCloudError {
  const error = decoded.envelope?.error ?? null;
  const said = clean(call, error?.message);
  const facts = factsOfAnswer(call, answer, decoded, clock);
  const note = requestIdNote(decoded.requestId);
  if (error === null) {
    const what = `${answer.status} with ${decoded.bodyKind} came instead of JD Cloud's answer`;
    return foreignError(`${callName(call)}: ${what}${note}`, facts);
  }
  const status = facts.status === null ? '' : ` ${facts.status}`;
  const message = `${callName(call)}: JD Cloud answered ${answer.status}${status}${said && `: ${said}`}${note}`;
  return skewError(message, facts, clock) ?? apiError(message, facts, said);
}

function factsOfAnswer(
  call: ApiCall<unknown>,
  answer: HttpAnswer,
  { envelope, requestId }: DecodedAnswer,
  clock: AnswerClock,
): JdCloudErrorFacts {
  const error = envelope?.error ?? null;
  return {
    operation: call.operation,
    httpStatus: answer.status,
    status: clean(call, error?.status) || null,
    code: error?.code ?? null,
    requestId,
    retryAfterMs: retryAfterMs(answer.header('retry-after'), clock.at),
    mayHaveArrived: mayHaveArrived(answer.status, error !== null),
    regionId: call.regionId,
  };
}

/** What JD Cloud said, as it may be shown. */
function clean(call: ApiCall<unknown>, text: string | null | undefined): string {
  return oneLine(redact(text ?? '', call.secrets ?? []));
}

/** JD Cloud's words for a stale date are not documented: the measured skew tells it from refused keys. */
function skewError(message: string, facts: JdCloudErrorFacts, { skewMs, isDateStale }: AnswerClock) {
  if (facts.httpStatus !== 401 || skewMs === null || !isDateStale) return null;
  const skew = `its date was stale, and the clock of this machine is ${describeSkew(skewMs)}`;
  return new ClockSkewError(`${message}; ${skew}`, { ...facts, skewMs });
}

/** A success whose content is not what the API documents. It may have taken effect. */
export function wrongShapeError(
  call: ApiCall<unknown>,
  answer: HttpAnswer,
  decoded: DecodedAnswer,
  what: string,
): UnavailableError {
  return new UnavailableError(
    `${callName(call)}: JD Cloud's answer ${answer.status} is unreadable, ${what}${requestIdNote(decoded.requestId)}`,
    { ...factsWithoutAnswer(call, { mayHaveArrived: true }), httpStatus: answer.status, requestId: decoded.requestId },
  );
}

function foreignError(message: string, facts: JdCloudErrorFacts): JdCloudError {
  return facts.httpStatus === 429 ? new ThrottledError(message, facts) : new UnavailableError(message, facts);
}

function apiError(message: string, facts: JdCloudErrorFacts, said: string): JdCloudError {
  const { httpStatus, status } = facts;
  if (httpStatus === null || httpStatus < 400 || httpStatus >= 500) return new UnavailableError(message, facts);
  switch (httpStatus) {
    case 400:
      return preconditionError(message, facts, said);
    case 401:
      return new CredentialsError(message, facts);
    case 403:
      return new PermissionError(message, facts);
    case 404:
      return missingError(message, facts, said);
    case 429:
      return status === 'QUOTA_EXCEEDED' ? new QuotaError(message, facts) : new ThrottledError(message, facts);
    default:
      return new RefusedError(message, facts);
  }
}

function preconditionError(message: string, facts: JdCloudErrorFacts, said: string): JdCloudError {
  if (BUSY.some((pattern) => pattern.test(said))) return new BusyError(message, facts);
  if (WRONG_STATE.some((pattern) => pattern.test(said))) return new WrongStateError(message, facts);
  return new RefusedError(message, facts);
}

// "No route" is the gateway's, "Invalid system disk mount state" is a state: neither says that something is gone.
function missingError(message: string, facts: JdCloudErrorFacts, said: string): JdCloudError {
  if (facts.status !== 'NOT_FOUND' || /^(no route|Invalid system disk)\b/i.test(said)) {
    return new RefusedError(message, facts);
  }
  const resource = MISSING.find(([, pattern]) => pattern.test(said))?.[0] ?? null;
  return new NotFoundError(message, { ...facts, resource });
}

function requestIdNote(requestId: string | null): string {
  return requestId === null ? '' : ` (request id ${oneLine(requestId, 64)})`;
}

/** Masks each secret as it is, as it stands in JSON, and as it stands in a URL. */
function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

/** An HTTP answer, whole and undecoded. */
export interface HttpAnswer {
  readonly status: number;
  /** Value of a header by its lower-case name; null when absent. */
  readonly header: (name: string) => string | null;
  readonly body: Uint8Array;
}

// JD Cloud documents no strict types inside `error`; a surprise there must not hide the error itself.
const ErrorPart = z.looseObject({
  code: z.int().nullish().catch(null),
  status: z.string().nullish().catch(null),
  message: z.string().nullish().catch(null),
});

const Envelope = z.looseObject({
  requestId: z.string().min(1).nullish().catch(null),
  result: z.unknown().optional(),
  error: ErrorPart.nullish(),
});
type Envelope = z.output<typeof Envelope>;

/** What could be read of an answer. */
export interface DecodedAnswer {
  /** JD Cloud's envelope; null when the body is something else. */
  readonly envelope: Envelope | null;
  /** What the body is when it is no envelope, for a message: `an HTML page`. */
  readonly bodyKind: string;
  /** From the body, else from the header x-jdcloud-request-id. */
  readonly requestId: string | null;
}

/** Decodes an answer. Never throws: a proxy's page, an empty or a cut body is an answer without envelope. */
export function decodeAnswer({ header, body }: HttpAnswer): DecodedAnswer {
  const text = new TextDecoder().decode(body).trim();
  const parsed = Envelope.safeParse(parseJson(text));
  const envelope = parsed.success && (parsed.data.requestId || parsed.data.error || 'result' in parsed.data);
  return {
    envelope: envelope ? parsed.data : null,
    bodyKind: kindOf(text),
    requestId: (envelope && parsed.data.requestId) || header('x-jdcloud-request-id') || null,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function kindOf(text: string): string {
  if (text === '') return 'an empty body';
  if (text.startsWith('<')) return 'an HTML page';
  if (/^[{[]/.test(text))
    return parseJson(text) === undefined ? 'JSON that is cut off or broken' : 'JSON of another shape';
  return 'a body that is not JSON';
}
