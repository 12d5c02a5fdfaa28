import assert from 'node:assert/strict';
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { FileError } from '../../../contracts/utf8-text.js';
import { readCliProfile } from '../../../jdcloud/cli-profile.js';
import { BOUNDED_FILES, boundedFileWork, readBounded } from '../../../secrets/bounded-files.js';
import { createSecretReader } from '../../../secrets/secret-reader.js';
import { readConnectSettings } from '../../../temporal/connect-settings.js';
import { readCodecKeys } from '../../../temporal/encryption/codec-keys.js';
import { refused } from './refused.js';
import { directoryFor, fifo, fileIn } from './temporary.js';

const { read } = createSecretReader({ env: {}, where: 'on the test bench' });

/** A path at which a socket listens. */
async function socketIn(t: TestContext): Promise<string> {
  const path = join(await directoryFor(t), 'socket');
  const server = createServer().listen(path);
  t.after(() => new Promise((resolve) => server.close(resolve)));
  await new Promise((resolve) => server.once('listening', resolve));
  return path;
}

/** Places that file work takes up until it is let go. */
function stuck(count: number): () => void {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  for (let i = 0; i < count; i += 1) void boundedFileWork(() => released, { timeoutMs: 60_000 });
  return release;
}

const says = (message: RegExp) => (error: unknown) => error instanceof FileError && message.test(error.message);

describe('a file that a person has named', { skip: process.platform === 'win32' }, () => {
  const KINDS: readonly { name: string; make: (t: TestContext) => Promise<string>; says: RegExp }[] = [
    { name: 'a FIFO', make: async (t) => fifo(join(await directoryFor(t), 'fifo')), says: /is a FIFO, not a file/ },
    { name: 'a socket', make: socketIn, says: /is a socket, not a file/ },
    { name: 'a device', make: async () => '/dev/zero', says: /is a device, not a file/ },
    { name: 'a directory', make: directoryFor, says: /is a directory, not a file/ },
  ];
  for (const kind of KINDS)
    it(`is refused at once when it is ${kind.name}, and the reference is named, not the path`, async (t) => {
      const path = await kind.make(t);

      await assert.rejects(readBounded(path), says(kind.says));
      await refused(
        read(`file:${path}`),
        new RegExp(`the file: reference names on the test bench ${kind.says.source}`),
        path,
      );
    });

  it('takes no thread of the process, however many are FIFOs', async (t) => {
    const path = fifo(join(await directoryFor(t), 'fifo'));
    const reads = Array.from({ length: 8 }, () => refused(read(`file:${path}`), /is a FIFO/));

    assert.ok((await lookup('localhost')).address);
    assert.ok((await readFile(import.meta.filename)).length > 0);
    await Promise.all(reads);
  });

  it('is read whole up to its limit, also when it tells no size', async (t) => {
    const path = await fileIn(await directoryFor(t), 'large', 'x'.repeat(200_000), 0o600);

    assert.equal((await readBounded(path, { largestBytes: 200_000 })).length, 200_000);
    await assert.rejects(readBounded(path, { largestBytes: 199_999 }), says(/is over 195/));
    assert.ok((await readBounded('/proc/self/status')).length > 0, 'which says that it has 0 bytes');
  });

  it('is given up when it does not answer in time', async () => {
    let isLate = false;
    const never = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          isLate = true;
          reject(new Error('let go'));
        });
      });

    await assert.rejects(boundedFileWork(never, { timeoutMs: 50 }), says(/does not answer within 0.05 s/));
    assert.ok(isLate);
  });

  it('waits for its turn behind two that do not answer, and no longer than its time', async (t) => {
    const path = await fileIn(await directoryFor(t), 'secret', 'mine', 0o600);
    const release = stuck(2);

    await assert.rejects(readBounded(path, { timeoutMs: 50 }), says(/has to wait for other files/));
    const waiting = readBounded(path, { timeoutMs: 60_000 });
    assert.ok((await lookup('localhost')).address, 'names are looked up meanwhile');
    assert.equal(String(await BOUNDED_FILES.read(path)), 'mine', 'and settings are read');
    release();
    assert.equal(String(await waiting), 'mine');
  });

  it('is refused likewise as a codec key, as the profile of jdc and as a setting of Temporal', async (t) => {
    const directory = await directoryFor(t);
    const path = fifo(join(directory, 'config'));

    await assert.rejects(readCodecKeys({ REIMAGE_CODEC_KEYS: `k1=file:${path}` }, read), /key k1: .* is a FIFO/);
    await assert.rejects(readCliProfile(directory, BOUNDED_FILES), /config is a FIFO, not a file/);
    for (const name of ['TEMPORAL_TLS_CLIENT_KEY_PATH', 'TEMPORAL_CONFIG_FILE'])
      assert.throws(() => readConnectSettings({ [name]: path }), new RegExp(`what ${name} names is a FIFO`));
  });
});
