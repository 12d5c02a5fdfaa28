import { CredentialsError, NotFoundError, UnavailableError } from '../../../../jdcloud/errors.js';

const facts = {
  operation: 'describeInstances',
  httpStatus: null,
  status: null,
  code: null,
  requestId: null,
  retryAfterMs: null,
  mayHaveArrived: false,
};

/** JD Cloud does not know the VM. */
export const gone = () => new NotFoundError('no such VM', { ...facts, httpStatus: 404, resource: 'instance' });
export const unavailable = () => new UnavailableError('JD Cloud answered 503', { ...facts, httpStatus: 503 });
export const refused = () => new CredentialsError('JD Cloud answered 401', { ...facts, httpStatus: 401 });
