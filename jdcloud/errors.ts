/** Facts about a failed call that every error carries. */
export interface JdCloudErrorFacts {
  /** JD Cloud's operation, for example `rebuildInstance`. */
  readonly operation: string;
  /** HTTP status; null when no answer came. */
  readonly httpStatus: number | null;
  /** JD Cloud's status string, for example `FAILED_PRECONDITION`; null when the answer was not its envelope. */
  readonly status: string | null;
  /** JD Cloud's integer code, equal to the HTTP status where both are there. */
  readonly code: number | null;
  readonly requestId: string | null;
  /** From the header Retry-After; null when it was not sent. */
  readonly retryAfterMs: number | null;
  /** Whether the call may have reached the server and taken effect. */
  readonly mayHaveArrived: boolean;
  /** The region that was asked. Absent where no answer came. */
  readonly regionId?: string;
}

/**
 * A call to JD Cloud that did not end in a usable answer. The message holds what JD Cloud said and
 * the facts, never headers or bodies of the request: those carry signatures and passwords.
 */
export abstract class JdCloudError extends Error implements JdCloudErrorFacts {
  readonly operation: string;
  readonly httpStatus: number | null;
  readonly status: string | null;
  readonly code: number | null;
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;
  readonly mayHaveArrived: boolean;
  readonly regionId?: string;

  constructor(message: string, facts: JdCloudErrorFacts, options?: { cause?: unknown }) {
    super(message, options);
    this.operation = facts.operation;
    this.httpStatus = facts.httpStatus;
    this.status = facts.status;
    this.code = facts.code;
    this.requestId = facts.requestId;
    this.retryAfterMs = facts.retryAfterMs;
    this.mayHaveArrived = facts.mayHaveArrived;
    if (facts.regionId !== undefined) this.regionId = facts.regionId;
  }
}

/** JD Cloud said no, and would say it again: a 4xx that is none of the kinds below. */
export class RefusedError extends JdCloudError {
  override readonly name: string = 'RefusedError';
}

/** What a 404 was about. */
export type MissingResource = 'instance' | 'image' | 'keypair' | 'disk' | 'snapshot';

/**
 * 404 for a VM, image, key or disk; `resource` says which, null when JD Cloud's text does not.
 * A gateway's "no route" is a {@link RefusedError}: it proves nothing about the VM.
 */
export class NotFoundError extends RefusedError {
  override readonly name = 'NotFoundError';
  readonly resource: MissingResource | null;

  constructor(
    message: string,
    facts: JdCloudErrorFacts & { readonly resource?: MissingResource | null },
    options?: { cause?: unknown },
  ) {
    super(message, facts, options);
    this.resource = facts.resource ?? null;
  }
}

/** 401: access key, session token or signature refused; or there were no credentials to sign with. */
export class CredentialsError extends RefusedError {
  override readonly name: string = 'CredentialsError';
}

/** 401 to a call whose date was stale: whether the keys are good is not known. Set the clock, or sign with a corrected date. */
export class ClockSkewError extends CredentialsError {
  override readonly name = 'ClockSkewError';
  /** Milliseconds that this machine's clock is ahead of JD Cloud's; negative when it is behind. */
  readonly skewMs: number;

  constructor(message: string, facts: JdCloudErrorFacts & { readonly skewMs: number }, options?: { cause?: unknown }) {
    super(message, facts, options);
    this.skewMs = facts.skewMs;
  }
}

/** 403: the account may not do this. */
export class PermissionError extends RefusedError {
  override readonly name = 'PermissionError';
}

/** 429 `QUOTA_EXCEEDED`: a quota, not throttling. */
export class QuotaError extends RefusedError {
  override readonly name = 'QuotaError';
}

/** 400 `FAILED_PRECONDITION`, `Invalid instance status ...` or `Please stop the instance first.`: read the status, then decide. */
export class WrongStateError extends RefusedError {
  override readonly name = 'WrongStateError';
}

/** 400 `FAILED_PRECONDITION`, `Conflict with underlay task ...` and its like: another task runs on the VM or image. Wait, then try again. */
export class BusyError extends JdCloudError {
  override readonly name = 'BusyError';
}

/** 429 that is no quota: too many calls a minute. Slow down, then try again. */
export class ThrottledError extends JdCloudError {
  override readonly name = 'ThrottledError';
}

/** 5xx, timeout, broken connection, or an answer that is not JD Cloud's: worth another try once the VM's state has been read. */
export class UnavailableError extends JdCloudError {
  override readonly name = 'UnavailableError';
}

/**
 * Whether JD Cloud refused the account and not the call: its keys, the date, its rights or its quota. Such a refusal may
 * pass without the call being another one, since somebody renews, corrects, grants or frees what was missing.
 */
export function mayPass(error: unknown): error is RefusedError {
  return error instanceof CredentialsError || error instanceof PermissionError || error instanceof QuotaError;
}

/**
 * A call that changes something was ready and was not sent: what it stood on no longer held. Thrown by whoever is asked
 * before the wire (`beforeSend` of `ChangeOptions`); another attempt may send it.
 */
export class CallWithheldError extends Error {
  override readonly name = 'CallWithheldError';
  /** Who asked for it has taken it back: there is no other attempt. */
  readonly isCancelled: boolean;

  constructor(message: string, { isCancelled = false, cause }: { isCancelled?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.isCancelled = isCancelled;
  }
}
