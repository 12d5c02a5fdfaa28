import { decodeAnswer } from './answer.js';
import type { HttpAnswer } from './answer.js';
import type { AnswerClock } from './answer-clock.js';
import { errorOfAnswer, wrongShapeError } from './answer-errors.js';
import type { ApiCall } from './api-call.js';

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
