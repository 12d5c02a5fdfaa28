import type { FailureKind } from './failure-kind.js';

/** What request ids are refused for: a part of the table in contracts/failures.ts. */
export const REQUEST_FAILURES = {
  RequestIdReused: {
    exitCode: 2,
    httpStatus: 409,
    meaning: 'The request id was used before, to ask for something else. Nothing was started or changed.',
    next: 'Take a new request id for a new request; to repeat the old one, ask for the same as then.',
  },
} as const satisfies Record<string, FailureKind>;
