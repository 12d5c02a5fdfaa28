import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BusyError,
  CredentialsError,
  JdCloudError,
  type JdCloudErrorFacts,
  NotFoundError,
  PermissionError,
  QuotaError,
  RefusedError,
  ThrottledError,
  UnavailableError,
  WrongStateError,
} from '../../../jdcloud/errors.js';
import { UNASKED } from '../../fixtures/unasked.js';
import { clientOf, startAnswering } from './answering-server.js';

const VM = { regionId: 'cn-north-1', instanceId: 'i-abc' };
const NOW = new Date('2026-11-24T00:00:00Z');

interface Row {
  readonly name: string;
  readonly answer: readonly [status: number, body: string, headers?: Record<string, string>];
  readonly kind: abstract new (...parameters: never[]) => JdCloudError;
  readonly facts: Partial<JdCloudErrorFacts> & { readonly resource?: string | null };
  readonly message?: RegExp;
}

const refused = (code: number, status: string, message: string): [number, string] => [
  code,
  JSON.stringify({ requestId: 'rid-1', error: { code, status, message } }),
];
const no = { mayHaveArrived: false };
const maybe = { mayHaveArrived: true };

const ROWS: readonly Row[] = [
  {
    name: 'a bad parameter',
    answer: refused(400, 'INVALID_ARGUMENT', 'Invalid password'),
    kind: RefusedError,
    facts: { ...no, httpStatus: 400, code: 400, status: 'INVALID_ARGUMENT', requestId: 'rid-1' },
    message:
      /^rebuildInstance of i-abc: JD Cloud answered 400 INVALID_ARGUMENT: Invalid password \(request id rid-1\)$/,
  },
  {
    name: 'a task on the VM',
    answer: refused(400, 'FAILED_PRECONDITION', "Conflict with underlay task 'stop'"),
    kind: BusyError,
    facts: no,
  },
  {
    name: 'a task on the image',
    answer: refused(400, 'FAILED_PRECONDITION', "Conflict with underlay image task 'x'"),
    kind: BusyError,
    facts: no,
  },
  {
    name: 'a busy image',
    answer: refused(400, 'FAILED_PRECONDITION', "The image 'img-1' is busy"),
    kind: BusyError,
    facts: no,
  },
  {
    name: 'a busy disk',
    answer: refused(400, 'FAILED_PRECONDITION', "Disk 'vol-1' busy in 'x'"),
    kind: BusyError,
    facts: no,
  },
  {
    name: 'a wrong status',
    answer: refused(400, 'FAILED_PRECONDITION', "Invalid instance status 'running'"),
    kind: WrongStateError,
    facts: no,
  },
  {
    name: 'a VM that still runs',
    answer: refused(400, 'FAILED_PRECONDITION', 'Please stop the instance first.'),
    kind: WrongStateError,
    facts: no,
  },
  {
    name: 'an image that does not fit',
    answer: refused(400, 'FAILED_PRECONDITION', 'Image constraints. Only support cloud system disk'),
    kind: RefusedError,
    facts: no,
  },
  {
    name: 'a wrong signature',
    answer: refused(401, 'ACCESS_ERROR', 'sign result is not same [gw]'),
    kind: CredentialsError,
    facts: no,
  },
  {
    name: 'a missing right',
    answer: refused(403, 'PERMISSION_DENIED', "Can't"),
    kind: PermissionError,
    facts: no,
  },
  {
    name: 'a missing VM',
    answer: refused(404, 'NOT_FOUND', "Instance 'i-abc' not found."),
    kind: NotFoundError,
    facts: { ...no, resource: 'instance', regionId: VM.regionId },
  },
  {
    name: 'a missing key',
    answer: refused(404, 'NOT_FOUND', "Keypair 'k' not found"),
    kind: NotFoundError,
    facts: { ...no, resource: 'keypair' },
  },
  {
    name: 'a missing system disk',
    answer: refused(404, 'NOT_FOUND', 'System disk not found'),
    kind: NotFoundError,
    facts: { ...no, resource: 'disk' },
  },
  {
    name: 'a 404 in words unknown to us',
    answer: refused(404, 'NOT_FOUND', 'Gone fishing'),
    kind: NotFoundError,
    facts: { ...no, resource: null },
  },
  {
    name: "the gateway's 404",
    answer: refused(404, 'NOT_FOUND', 'no route and no API found with those values'),
    kind: RefusedError,
    facts: { ...no, regionId: VM.regionId },
  },
  {
    name: 'a detached system disk (404 that is a state)',
    answer: refused(404, 'FAILED_PRECONDITION', 'Invalid system disk mount state'),
    kind: RefusedError,
    facts: no,
  },
  {
    name: 'the same under NOT_FOUND',
    answer: refused(404, 'NOT_FOUND', 'Invalid system disk mount state'),
    kind: RefusedError,
    facts: no,
  },
  { name: 'a used up quota', answer: refused(429, 'QUOTA_EXCEEDED', 'Image quota'), kind: QuotaError, facts: no },
  {
    name: 'throttling, with seconds to wait',
    answer: [...refused(429, 'HTTP_RATE_LIMIT_EXCEEDED', 'minute rate'), { 'retry-after': '7' }],
    kind: ThrottledError,
    facts: { ...no, retryAfterMs: 7000 },
  },
  {
    name: 'throttling, with a date to wait for',
    answer: [...refused(429, 'RATE_LIMIT', 'minute'), { 'retry-after': 'Tue, 24 Nov 2026 00:01:30 GMT' }],
    kind: ThrottledError,
    facts: { ...no, retryAfterMs: 90_000 },
  },
  {
    name: 'throttling without a hint',
    answer: refused(429, 'RATE_LIMIT', 'minute'),
    kind: ThrottledError,
    facts: { ...no, retryAfterMs: null },
  },
  { name: 'throttling by a proxy', answer: [429, '<html>slow</html>'], kind: ThrottledError, facts: maybe },
  {
    name: 'an internal error',
    answer: refused(500, 'INTERNAL', 'Internal server error'),
    kind: UnavailableError,
    facts: { ...maybe, status: 'INTERNAL' },
  },
  { name: 'a bad gateway', answer: refused(502, 'HTTP_BAD_GATEWAY', 'x'), kind: UnavailableError, facts: maybe },
  {
    name: 'a 503 that is an HTML page',
    answer: [503, '<html><body>down</body></html>', { 'x-jdcloud-request-id': 'rid-header', 'retry-after': '3' }],
    kind: UnavailableError,
    facts: { ...maybe, status: null, requestId: 'rid-header', retryAfterMs: 3000 },
    message: /503 with an HTML page came instead of JD Cloud's answer \(request id rid-header\)$/,
  },
  { name: 'a 404 that is an HTML page', answer: [404, '<html></html>'], kind: UnavailableError, facts: maybe },
  { name: 'a success that is an HTML page', answer: [200, '<html></html>'], kind: UnavailableError, facts: maybe },
  {
    name: 'a success without a body',
    answer: [200, ''],
    kind: UnavailableError,
    facts: maybe,
    message: /200 with an empty body came/,
  },
  {
    name: 'a success cut off',
    answer: [200, '{"requestId":"ri'],
    kind: UnavailableError,
    facts: maybe,
    message: /JSON that is cut off or broken/,
  },
  { name: 'a success that is an array', answer: [200, '[]'], kind: UnavailableError, facts: maybe },
  { name: 'a success that is an empty object', answer: [200, '{}'], kind: UnavailableError, facts: maybe },
  { name: 'a success without a request id', answer: [200, '{"result":{}}'], kind: UnavailableError, facts: maybe },
  {
    name: 'an error inside a success',
    answer: [200, '{"requestId":"r","error":{"code":400,"status":"X","message":"m"}}'],
    kind: UnavailableError,
    facts: maybe,
  },
  {
    name: 'an error of an odd shape',
    answer: [400, '{"requestId":7,"error":{"code":"x","message":["a"]}}'],
    kind: RefusedError,
    facts: { ...no, code: null, status: null, requestId: null },
  },
  {
    name: 'a redirect, which is not followed',
    answer: [302, '', { location: 'http://127.0.0.1:1/elsewhere' }],
    kind: UnavailableError,
    facts: maybe,
  },
];

describe('an answer that is no success', () => {
  for (const { name, answer, kind, facts, message } of ROWS) {
    const [status, body, headers] = answer;
    it(`is a ${kind.name} for ${name}`, async (t) => {
      const dated = { date: NOW.toUTCString(), ...headers };
      const server = await startAnswering(t, (response) => response.writeHead(status, dated).end(body));
      const client = clientOf(t, { endpoint: server.endpoint, now: () => NOW });

      const error = await client.rebuildInstance(VM, {}, UNASKED).then(
        () => assert.fail('the call ended well'),
        (thrown: unknown) => thrown,
      );

      assert.ok(error instanceof JdCloudError, String(error));
      assert.equal(error.constructor, kind);
      assert.equal(error.name, kind.name);
      assert.equal(error.operation, 'rebuildInstance');
      assert.equal(error.httpStatus, status);
      assert.deepEqual(Object.assign({}, error, facts), Object.assign({}, error));
      assert.match(error.message, message ?? /^rebuildInstance of i-abc: \S[^\n]+$/);
      assert.equal(server.received.length, 1);
    });
  }
});
