import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bodyIncludes, httpProbe, SEARCHED_BYTES } from '../../../../activities/health/http-probe.js';
import { eventually } from '../../../fixtures/eventually.js';
import { IMPATIENT_MS, patient } from './limits.js';
import { httpServer, rawServer, type TestServer } from './servers.js';

const WANTED = 'ready: ünïcødé';
const LENGTH = Buffer.byteLength(WANTED);

const look = ({ port }: TestServer, wanted: string | null = WANTED, timeoutMs = 20_000) => {
  const target = { url: `http://127.0.0.1:${port}/`, insecureTls: false };
  return httpProbe({ ...target, bodyIncludes: wanted ?? undefined }, patient({ timeoutMs }));
};

const LACKS = { isGood: false, message: 'answered 200, body lacks the text' };

describe('the text of a body', () => {
  it('is found where the body has it, and a body without it is bad', async (t) => {
    const server = await httpServer(t, (response, before) => response.end(before === 0 ? `a ${WANTED} b` : 'a b'));
    assert.equal((await look(server)).isGood, true);
    assert.deepEqual(await look(server), LACKS);
  });

  it('does not make a bad status good', async (t) => {
    const server = await httpServer(t, (response) => response.writeHead(500).end(WANTED));
    const { isGood, message } = await look(server);
    assert.deepEqual([isGood, message], [false, 'answered 500']);
  });

  it('counts when it ends with the first MiB, and not when it ends a byte later', async (t) => {
    const server = await httpServer(t, (response, before) => {
      response.end(`${'x'.repeat(SEARCHED_BYTES - LENGTH + before)}${WANTED}${'y'.repeat(100_000)}`);
    });
    assert.equal((await look(server)).isGood, true);
    assert.deepEqual(await look(server), LACKS);
  });

  it('is found across chunks, in a body that does not end', async (t) => {
    const server = await httpServer(t, (response) => {
      const bytes = [...Buffer.from(`so far ${WANTED}`)];
      const write = () => {
        const byte = bytes.shift();
        if (byte !== undefined) response.write(Buffer.from([byte]), () => setImmediate(write));
      };
      write();
    });
    assert.equal((await look(server)).isGood, true);
    await eventually('the connection is closed', () => server.open() === 0);
  });

  it('is found in a body that comes compressed, unasked', async (t) => {
    const server = await httpServer(t, (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(`a ${WANTED} b`));
    });
    assert.equal((await look(server)).isGood, true);
  });

  it('is looked for piece by piece as in the whole', async () => {
    async function* pieces(text: string, size: number) {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    for (const size of [1, 2, 3, 7, 100]) {
      assert.equal(await bodyIncludes(pieces('aaaab', size), 'aab'), true, `pieces of ${size}`);
      assert.equal(await bodyIncludes(pieces('abab', size), 'abb'), false, `pieces of ${size}`);
    }
  });
});

describe('a hostile answer', () => {
  it('given a body without end, then no more than a MiB and what was under way is read', async (t) => {
    let sent = 0;
    const server = await httpServer(t, (response) => {
      const piece = Buffer.alloc(64 * 1024, 'x');
      const write = () => {
        sent += piece.length;
        if (!response.destroyed) response.write(piece, () => setImmediate(write));
      };
      write();
    });
    assert.deepEqual(await look(server), LACKS);
    await eventually('the connection is closed', () => server.open() === 0);
    assert.ok(sent < 16 * SEARCHED_BYTES, `${sent} bytes were sent`);
  });

  it('given one where no text is wanted, then none of it is waited for', async (t) => {
    const server = await httpServer(t, (response) => response.write('without end'));
    assert.equal((await look(server, null)).isGood, true);
    await eventually('the connection is closed', () => server.open() === 0);
  });

  it('given a compressed body of 200 MiB, then its first MiB is looked at', async (t) => {
    const bomb = gzipSync(Buffer.alloc(200 * SEARCHED_BYTES));
    const server = await httpServer(t, (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    const before = process.memoryUsage().rss;
    assert.deepEqual(await look(server), LACKS);
    assert.ok(process.memoryUsage().rss - before < 100 * SEARCHED_BYTES);
  });

  it('given a body that stands still, then it is bad after its time', async (t) => {
    const server = await httpServer(t, (response) => response.write('so far'));
    const found = await look(server, WANTED, IMPATIENT_MS);
    assert.deepEqual(found, { isGood: false, message: 'answered 200, no whole body within 0.3 s' });
  });

  it('given a body that breaks off, then it is bad', async (t) => {
    const server = await rawServer(t, (socket) => {
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nso far');
    });
    assert.deepEqual(await look(server), { isGood: false, message: 'answered 200, then connection closed' });
  });

  it('given compressed rubbish, then it is bad', async (t) => {
    const server = await httpServer(t, (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip at all');
    });
    assert.deepEqual(await look(server), { isGood: false, message: 'answered 200, then failed (Z_DATA_ERROR)' });
  });

  for (const { name, answer, said } of [
    { name: 'no HTTP', answer: 'SSH-2.0-OpenSSH_9.2\r\n', said: /^no proper HTTP answer \(HPE_\w+\)$/ },
    {
      name: 'an endless header',
      answer: `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1 << 20)}`,
      said: /\(HPE_HEADER_OVERFLOW\)$/,
    },
    { name: 'nothing', answer: '', said: /^connection closed$/ },
    { name: 'only "continue"', answer: 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000), said: /^connection closed$/ },
  ]) {
    it(`given ${name}, then it is bad, and says so by a code`, async (t) => {
      const server = await rawServer(t, (socket) => socket.resume().end(answer));
      const found = await look(server, null);
      assert.equal(found.isGood, false);
      assert.match(found.message, said);
    });
  }

  it('given words of the other side, then none of them is in what is said', async (t) => {
    const words = `HTTP/1.1 500 s3cret \u001b[31m\r\nx-s3cret: s3cret\r\nset-cookie: s3cret=1\r\n\r\ns3cret`;
    const server = await rawServer(t, (socket) => socket.resume().end(words));
    const { isGood, message } = await look(server, 's3cret');
    assert.deepEqual([isGood, message], [false, 'answered 500']);
  });
});
