import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { defer } from '../../../fixtures/defer.js';
import { eventually } from '../../../fixtures/eventually.js';
import { runFake } from './fake-deps.js';

/** A cloud that takes connections and says nothing, until it is closed. */
async function silentCloud(t: TestContext): Promise<{ readonly endpoint: string; readonly hangUp: () => void }> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hangUp = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  defer(t, hangUp);
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { endpoint: `http://127.0.0.1:${address.port}`, hangUp };
}

/** `doctor` beside a cloud that is silent, and what it has said so far. */
async function beginDoctor(t: TestContext, argv: readonly string[]) {
  const { endpoint, hangUp } = await silentCloud(t);
  const [out, err]: [string[], string[]] = [[], []];
  const running = runFake(['doctor', ...argv], {
    env: { JDCLOUD_ENDPOINT: endpoint, JDCLOUD_ACCESS_KEY: 'A', JDCLOUD_SECRET_KEY: 'S' },
    connect: () => Promise.reject(new Error('the server is away')),
    io: { out: (line) => out.push(line), err: (line) => err.push(line), now: () => new Date() },
  });
  defer(t, async () => void (await running));
  return { out, err, endpoint, hangUp, running };
}

describe('doctor beside a JD Cloud that is silent', () => {
  it('shows what it knows, and says what it waits for and for how long', async (t) => {
    const { out, err, endpoint, hangUp, running } = await beginDoctor(t, []);
    await eventually('the wait is told', () => err.length > 0);

    const heads = out.filter((line) => !line.startsWith(' ')).map((line) => line.split(/ +/).slice(0, 2).join(' '));
    assert.deepEqual(heads, ['ok versions', 'fail temporal', 'ok encryption']);
    assert.match(err[0] ?? '', new RegExp(`^waiting for JD Cloud at ${endpoint}, .*goes on for \\d+s; Ctrl-C ends`));
    hangUp();
    assert.equal((await running).exitCode, 7);
    assert.match(out.join('\n'), /^fail +jdcloud/m);
  });

  it('says so on stderr where one JSON object is asked for', async (t) => {
    const { out, err, hangUp, running } = await beginDoctor(t, ['--output', 'json']);
    await eventually('the wait is told', () => err.length > 0);

    assert.deepEqual(out, []);
    hangUp();
    await running;
    assert.equal(out.length, 1);
    const shown: unknown = JSON.parse(out[0] ?? '');
    assert.ok(typeof shown === 'object' && shown !== null && 'checks' in shown && Array.isArray(shown.checks));
    const names = shown.checks.map(({ name }: { name: string }) => name);
    assert.deepEqual(names, ['versions', 'temporal', 'encryption', 'credentials', 'jdcloud', 'clock']);
  });
});
