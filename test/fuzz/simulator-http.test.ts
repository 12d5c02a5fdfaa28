import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FROZEN, simulatorFor } from '../unit/simulator/support/simulator-for-test.js';
import { assertRefusal, STATE, stateOf } from './api-refusal.js';
import { holds } from './holds.js';
import { hostileText } from './hostile.js';
import { bytesOf, exchange, type RawRequest } from './raw-http.js';

const part = fc.oneof(hostileText, hostileText.map(encodeLoosely));

/** Percent-encoded as far as that goes. */
function encodeLoosely(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'BREW');
const target = fc.oneof(
  part,
  fc.array(part, { maxLength: 5 }).map((parts) => `/${parts.join('/')}`),
  part.map((id) => `/v1/regions/cn-north-1/instances/${id}`),
  part.map((id) => `/v1/regions/cn-north-1/instances/i-run:stopInstance?${id}`),
  part.map((id) => `http://127.0.0.1/v1/regions/${id}/instances`),
  fc.nat(20_000).map((length) => `/${'a'.repeat(length)}`),
);
const headerName = fc.oneof(
  fc.constantFrom('authorization', 'x-jdcloud-date', 'x-jdcloud-nonce', 'content-type', 'content-length'),
  fc.constantFrom('transfer-encoding', 'expect', 'upgrade', 'connection', 'host', 'cookie'),
  hostileText,
);
const headerValue = fc.oneof(
  hostileText,
  fc.constantFrom('chunked', '100-continue', 'websocket', 'application/json', '5', '20261124T060000Z'),
  fc.nat(20_000).map((length) => 'a'.repeat(length)),
);
const request: fc.Arbitrary<RawRequest> = fc.record({
  method: fc.oneof({ weight: 9, arbitrary: method }, { weight: 1, arbitrary: hostileText }),
  target,
  headers: fc
    .array(fc.tuple(headerName, headerValue), { maxLength: 3 })
    .map((more) => [['Host', 'vm.jdcloud-api.com'] as const, ['Connection', 'close'] as const, ...more]),
  body: fc.oneof(fc.constant(''), hostileText),
});

describe('the simulator, given requests that nobody signed', () => {
  it('refuses each in its envelope and changes nothing', async (t) => {
    const simulator = await simulatorFor(t, { ...FROZEN, state: STATE });
    const before = await stateOf(simulator);
    await holds(
      fc.asyncProperty(request, async (raw) => {
        assertRefusal(await exchange(simulator.endpoint, bytesOf(raw)), raw.method);
        assert.equal(simulator.journal.changes().length, 0);
      }),
      200,
    );
    assert.equal(await stateOf(simulator), before);
  });
});
