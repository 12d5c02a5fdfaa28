import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { CredentialsError, JdCloudError, UnavailableError } from '../../../jdcloud/errors.js';
import type { CallRecord } from '../../../jdcloud/send-signed.js';
import { UNASKED } from '../../fixtures/unasked.js';
import { clientOf, json, startAnswering } from './answering-server.js';

const VM = { regionId: 'cn-north-1', instanceId: 'i-abc' };

async function failureOf(call: Promise<unknown>): Promise<JdCloudError> {
  const error = await call.then(
    () => assert.fail('the call ended well'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof JdCloudError, String(error));
  return error;
}

async function closedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Takes connections and never says a word. */
async function startSilent(t: TestContext): Promise<string> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  t.after(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

describe('a call that gets no whole answer', () => {
  it('surely did not arrive when the connection is refused', async (t) => {
    const client = clientOf(t, { endpoint: `http://127.0.0.1:${await closedPort()}` });

    const error = await failureOf(client.rebuildInstance(VM, {}, UNASKED));

    assert.equal(error.constructor, UnavailableError);
    assert.equal(error.mayHaveArrived, false);
    assert.equal(error.httpStatus, null);
    assert.match(error.message, /^rebuildInstance of i-abc: no whole answer came from .*ECONNREFUSED/);
  });

  it('surely did not arrive when the name does not resolve', async (t) => {
    const client = clientOf(t, { endpoint: 'http://no-such-host.invalid' });

    const error = await failureOf(client.stopInstance(VM, {}, UNASKED));

    assert.equal(error.constructor, UnavailableError);
    assert.equal(error.mayHaveArrived, false);
  });

  it('may have arrived when the connection is reset before the answer', async (t) => {
    const server = await startAnswering(t, (response) => response.destroy());
    const client = clientOf(t, { endpoint: server.endpoint });

    const error = await failureOf(client.rebuildInstance(VM, {}, UNASKED));

    assert.equal(error.constructor, UnavailableError);
    assert.equal(error.mayHaveArrived, true);
    assert.equal(server.received.length, 1);
  });

  it('may have arrived when the connection is reset within the answer', async (t) => {
    const server = await startAnswering(t, (response) => {
      response.writeHead(200, { 'content-length': '500' }).write('{"requestId"', () => response.destroy());
    });
    const client = clientOf(t, { endpoint: server.endpoint });

    const error = await failureOf(client.startInstance(VM, UNASKED));

    assert.equal(error.constructor, UnavailableError);
    assert.equal(error.mayHaveArrived, true);
  });

  it('ends at its timeout when nothing comes, and may have arrived', async (t) => {
    const client = clientOf(t, { endpoint: await startSilent(t), timeoutMs: 60 });

    const error = await failureOf(client.rebuildInstance(VM, {}, UNASKED));

    assert.equal(error.constructor, UnavailableError);
    assert.equal(error.mayHaveArrived, true);
    assert.match(error.message, /^rebuildInstance of i-abc: no whole answer came from \S+ within 60 ms$/);
  });

  it('ends at its timeout when the answer trickles in without end', async (t) => {
    const server = await startAnswering(t, (response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
    });
    const client = clientOf(t, { endpoint: server.endpoint, timeoutMs: 80 });

    const error = await failureOf(client.describeInstance(VM));

    assert.match(error.message, /within 80 ms$/);
  });

  it('ends at its timeout when no credentials come, and surely did not arrive', async (t) => {
    const server = await startAnswering(t, json({ requestId: 'r' }));
    const never = new Promise<never>(() => {});
    const client = clientOf(t, { endpoint: server.endpoint, timeoutMs: 30, credentials: () => never });

    const error = await failureOf(client.rebuildInstance(VM, {}, UNASKED));

    assert.equal(error.constructor, UnavailableError);
    assert.equal(error.mayHaveArrived, false);
    assert.equal(server.received.length, 0);
  });

  it('is a CredentialsError when there are no credentials, and nothing is sent', async (t) => {
    const server = await startAnswering(t, json({ requestId: 'r' }));
    const calls: CallRecord[] = [];
    const credentials = async () => Promise.reject(new Error('no JD Cloud credentials: none set'));
    const client = clientOf(t, { endpoint: server.endpoint, credentials, onCall: (call) => calls.push(call) });

    const error = await failureOf(client.rebuildInstance(VM, {}, UNASKED));

    assert.equal(error.constructor, CredentialsError);
    assert.equal(error.mayHaveArrived, false);
    assert.equal(error.message, 'rebuildInstance of i-abc: not sent, no JD Cloud credentials: none set');
    assert.deepEqual([server.received.length, calls.length], [0, 0]);
  });

  it('refuses an answer that is larger than any of JD Cloud', async (t) => {
    const server = await startAnswering(t, (response) => response.writeHead(200).end(Buffer.alloc(17 * 1024 * 1024)));
    const client = clientOf(t, { endpoint: server.endpoint });

    const error = await failureOf(client.describeInstance(VM));

    assert.match(error.message, /maxContentLength size of 16777216 exceeded/);
  });
});

describe("a caller's abort", () => {
  it('throws the reason of the signal, so that a cancellation stays one', async (t) => {
    const aborting = new AbortController();
    const reason = new Error('the workflow was cancelled');
    const server = await startAnswering(t, () => aborting.abort(reason));
    const calls: CallRecord[] = [];
    const client = clientOf(t, { endpoint: server.endpoint, onCall: (call) => calls.push(call) });

    await assert.rejects(client.describeInstance(VM, { signal: aborting.signal }), (error) => error === reason);

    assert.deepEqual(
      calls.map(({ outcome, httpStatus }) => [outcome, httpStatus]),
      [['aborted', null]],
    );
  });

  it('sends nothing when it came before the call', async (t) => {
    const server = await startAnswering(t, json({ requestId: 'r' }));
    const client = clientOf(t, { endpoint: server.endpoint });
    const reason = new Error('too late');

    await assert.rejects(
      client.stopInstance(VM, {}, { ...UNASKED, signal: AbortSignal.abort(reason) }),
      (error) => error === reason,
    );

    assert.equal(server.received.length, 0);
  });

  it('sends nothing when it came while credentials were looked for', async (t) => {
    const aborting = new AbortController();
    const server = await startAnswering(t, json({ requestId: 'r' }));
    const never = new Promise<never>(() => {});
    const reason = new Error('stopped');
    const credentials = () => (aborting.abort(reason), never);
    const client = clientOf(t, { endpoint: server.endpoint, credentials });

    await assert.rejects(
      client.rebuildInstance(VM, {}, { ...UNASKED, signal: aborting.signal }),
      (error) => error === reason,
    );

    assert.equal(server.received.length, 0);
  });
});
