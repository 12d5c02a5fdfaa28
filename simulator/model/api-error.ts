/** A refusal in JD Cloud's envelope: HTTP status, machine string, text. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly httpStatus: number;
  readonly status: string;
  readonly retryAfterSeconds: number | null;

  constructor(httpStatus: number, status: string, message: string, retryAfterSeconds: number | null = null) {
    super(message);
    this.httpStatus = httpStatus;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** 400 INVALID_ARGUMENT. */
export function invalidArgument(message: string): ApiError {
  return new ApiError(400, 'INVALID_ARGUMENT', message);
}

/** 400 FAILED_PRECONDITION. */
export function failedPrecondition(message: string): ApiError {
  return new ApiError(400, 'FAILED_PRECONDITION', message);
}

/** 400 OUT_OF_RANGE. */
export function outOfRange(message: string): ApiError {
  return new ApiError(400, 'OUT_OF_RANGE', message);
}

/** 404 NOT_FOUND. */
export function notFound(message: string): ApiError {
  return new ApiError(404, 'NOT_FOUND', message);
}

/** 401 ACCESS_ERROR, by the gateway. */
export function accessError(message: string): ApiError {
  return new ApiError(401, 'ACCESS_ERROR', `${message} [gw]`);
}

/** 429 QUOTA_EXCEEDED: a quota, not throttling. */
export function quotaExceeded(message: string): ApiError {
  return new ApiError(429, 'QUOTA_EXCEEDED', message);
}
