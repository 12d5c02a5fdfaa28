import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertRefusal } from '../../fuzz/api-refusal.js';
import { exchange } from '../../fuzz/raw-http.js';
import { simulatorFor } from './support/simulator-for-test.js';

const rows: { name: string; bytes: string; status: number }[] = [
  { name: 'what is no HTTP', bytes: '\x16\x03\x01\x02\r\n\r\n', status: 400 },
  { name: 'a space in the path', bytes: 'GET /v1/regions/a b HTTP/1.1\r\nHost: x\r\n\r\n', status: 400 },
  { name: 'headers over 16 KB', bytes: `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`, status: 431 },
  {
    name: 'a body shorter than it says',
    bytes: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na',
    status: 400,
  },
  {
    name: 'a method of another protocol',
    bytes: 'PROPFIND / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    status: 404,
  },
  {
    name: 'an odd Expect',
    bytes: 'GET / HTTP/1.1\r\nHost: x\r\nExpect: much\r\nConnection: close\r\n\r\n',
    status: 404,
  },
];

describe('what the HTTP server itself cannot read', () => {
  for (const { name, bytes, status } of rows) {
    it(`is refused in JD Cloud's envelope: ${name}`, async (t) => {
      const simulator = await simulatorFor(t);
      const answer = await exchange(simulator.endpoint, Buffer.from(bytes));
      assertRefusal(answer);
      assert.equal(answer?.status, status);
    });
  }
});
