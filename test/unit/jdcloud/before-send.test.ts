import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import net from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import tls from 'node:tls';
import { UnavailableError } from '../../../jdcloud/errors.js';
import type { ChangeOptions, VmApi } from '../../../jdcloud/vm-api.js';
import { selfSigned } from '../../fixtures/self-signed.js';
import { clientOf, json, startAnswering } from './answering-server.js';

const VM = { regionId: 'cn-north-1', instanceId: 'i-abc' };
const IMAGE = { regionId: 'cn-north-1', imageId: 'img-abc' };

type ChangeOperation = 'stopInstance' | 'startInstance' | 'rebuildInstance' | 'createImage' | 'deleteImage';
type Change = (client: VmApi, options: ChangeOptions) => Promise<unknown>;

/** A call of each operation that changes something. */
const CHANGES: Readonly<Record<ChangeOperation, Change>> = {
  stopInstance: (client, options) => client.stopInstance(VM, {}, options),
  startInstance: (client, options) => client.startInstance(VM, options),
  rebuildInstance: (client, options) => client.rebuildInstance(VM, { password: 'Instance@010' }, options),
  createImage: (client, options) => client.createImage(VM, { name: 'backup' }, options),
  deleteImage: (client, options) => client.deleteImage(IMAGE, options),
};

const OK = json({ requestId: 'r', result: { imageId: 'img-1' } });

const addressOf = (server: net.Server): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** Counts the connections and the bytes that come to it, and answers nothing. */
async function startCounting(t: TestContext) {
  const counted = { connections: 0, bytes: 0 };
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    counted.connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('data', (data) => (counted.bytes += data.byteLength));
  });
  t.after(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { counted, endpoint: `http://127.0.0.1:${addressOf(server)}` };
}

describe('what a call that changes something awaits before it is sent', () => {
  for (const [name, change] of Object.entries(CHANGES)) {
    it(`${name}: is asked once the connection stands, and before the first byte`, async (t) => {
      const { counted, endpoint } = await startCounting(t);
      const client = clientOf(t, { endpoint });
      const seen: object[] = [];
      const refusal = new Error('not any more');

      const call = change(client, {
        beforeSend: async () => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          seen.push({ ...counted });
          throw refusal;
        },
      });

      await assert.rejects(call, (error) => error === refusal);
      assert.deepEqual(seen, [{ connections: 1, bytes: 0 }]);
      assert.equal(counted.bytes, 0, 'nothing was sent afterwards either');
    });

    it(`${name}: is asked once more where a refused call goes out again`, async (t) => {
      const server = await startAnswering(t, (response, request) =>
        server.received.length === 1
          ? json({ requestId: 'r', error: { code: 401, status: 'UNAUTHENTICATED', message: 'no' } }, 401)(
              response,
              request,
            )
          : OK(response, request),
      );
      let keys = 0;
      const credentials = async () => ({ accessKey: `KEY${(keys += 1)}`, secretKey: 'SECRET' });
      const client = clientOf(t, { endpoint: server.endpoint, credentials });
      let asked = 0;

      await change(client, { beforeSend: async () => void (asked += 1) });

      assert.deepEqual([asked, server.received.length], [2, 2]);
    });
  }

  it('surely did not arrive when the time was up while it was asked', async (t) => {
    const { counted, endpoint } = await startCounting(t);
    const client = clientOf(t, { endpoint, timeoutMs: 60 });

    const call = client.rebuildInstance(VM, {}, { beforeSend: () => new Promise(() => undefined) });

    await assert.rejects(call, (error) => error instanceof UnavailableError && !error.mayHaveArrived);
    assert.equal(counted.bytes, 0);
  });

  it('given a caller that gave up while it was asked, then nothing is sent, though it agrees afterwards', async (t) => {
    const { counted, endpoint } = await startCounting(t);
    const client = clientOf(t, { endpoint });
    const caller = new AbortController();
    let agreed: () => void = () => undefined;
    const isAgreed = new Promise<void>((resolve) => (agreed = resolve));

    const call = client.rebuildInstance(
      VM,
      {},
      {
        signal: caller.signal,
        beforeSend: async () => {
          caller.abort(new Error('no longer wanted'));
          await new Promise((resolve) => setTimeout(resolve, 50));
          agreed();
        },
      },
    );

    await assert.rejects(call, /no longer wanted/);
    await isAgreed;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(counted.bytes, 0);
  });

  it('may have arrived when the time was up after it had agreed', async (t) => {
    const { endpoint } = await startCounting(t);
    const client = clientOf(t, { endpoint, timeoutMs: 60 });

    const call = client.rebuildInstance(VM, {}, { beforeSend: async () => undefined });

    await assert.rejects(call, (error) => error instanceof UnavailableError && error.mayHaveArrived);
  });

  it('is asked over TLS, too, before the first byte', async (t) => {
    const come = { connections: 0, requests: 0 };
    const server = https.createServer(selfSigned(), (_request, response) => {
      come.requests += 1;
      response.end('{"requestId":"r"}');
    });
    server.on('connection', () => (come.connections += 1));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    trustAnyone(t);
    const client = clientOf(t, { endpoint: `https://127.0.0.1:${addressOf(server)}` });
    const seen: object[] = [];

    const { requestId } = await client.startInstance(VM, { beforeSend: async () => void seen.push({ ...come }) });

    assert.deepEqual([requestId, seen], ['r', [{ connections: 1, requests: 0 }]]);
  });
});

/** A certificate of our own is nobody's that node would trust. */
function trustAnyone(t: TestContext): void {
  const { connect } = tls;
  t.mock.method(tls, 'connect', (options: tls.ConnectionOptions) => connect({ ...options, rejectUnauthorized: false }));
}
