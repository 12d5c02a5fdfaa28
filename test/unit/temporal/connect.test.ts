import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readConnectSettings } from '../../../temporal/connect-settings.js';
import { connectClient } from '../../../temporal/connect.js';
import { freePort } from '../../../temporal/dev-server/dev-server.js';
import { connectWorker } from '../../../temporal/worker/start-worker.js';

/** A configuration file that is not there, so that no person's profile is read. */
const NO_FILE = { TEMPORAL_CONFIG_FILE: join(tmpdir(), 'reimage-no-such-file.toml') };

describe('settings of the connection', () => {
  it('given none, then the local server and the default namespace', () => {
    const { address, namespace } = readConnectSettings(NO_FILE);

    assert.deepEqual({ address, namespace }, { address: 'localhost:7233', namespace: 'default' });
  });

  it('given empty ones, then they count as absent', () => {
    const { address, namespace } = readConnectSettings({ ...NO_FILE, TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: '' });

    assert.deepEqual({ address, namespace }, { address: 'localhost:7233', namespace: 'default' });
  });

  it('given a profile that every object of JavaScript seems to have, then it is refused and changes none of them', () => {
    for (const TEMPORAL_PROFILE of ['__proto__', 'constructor'])
      assert.throws(() => readConnectSettings({ ...NO_FILE, TEMPORAL_PROFILE }), /cannot be the name of a profile/);
    assert.ok(!('address' in {}));
  });

  it('given an API key, then TLS is on', () => {
    const { connectionOptions } = readConnectSettings({ ...NO_FILE, TEMPORAL_API_KEY: 'key' });

    assert.equal(connectionOptions.tls, true);
  });

  it('given a profile and a variable, then the variable wins and the rest comes from the profile', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'reimage-connect-'));
    t.after(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, 'temporal.toml');
    await writeFile(file, '[profile.prod]\naddress = "prod:7233"\nnamespace = "vms"\n');
    const env = { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'prod', TEMPORAL_ADDRESS: 'other:7233' };

    const { address, namespace } = readConnectSettings(env);

    assert.deepEqual({ address, namespace }, { address: 'other:7233', namespace: 'vms' });
  });

  for (const TEMPORAL_ADDRESS of ['http://a:7233', 'a:x', 'a:70000', 'a:0', '::1:7233', ' a:7233', 'a/b', ':7233']) {
    it(`given ${JSON.stringify(TEMPORAL_ADDRESS)} for an address, then it is refused by name, and shown`, () => {
      assert.throws(
        () => readConnectSettings({ ...NO_FILE, TEMPORAL_ADDRESS }),
        ({ message }: Error) =>
          /TEMPORAL_ADDRESS must be/.test(message) && message.endsWith(JSON.stringify(TEMPORAL_ADDRESS)),
      );
    });
  }

  it('given a certificate that cannot be read, then the error says which settings are meant', () => {
    const env = { ...NO_FILE, TEMPORAL_TLS: 'true', TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/no/such/file.pem' };

    assert.throws(() => readConnectSettings(env), /TEMPORAL_\* variables.*no such file/);
  });
});

describe('a server that is not there', () => {
  for (const [who, connect] of [
    ['a client', connectClient],
    ['a worker', connectWorker],
  ] as const) {
    it(`given ${who} that connects, then the error soon names the address and where it is set`, async () => {
      const address = `127.0.0.1:${await freePort()}`;
      const settings = { address, namespace: 'default', connectionOptions: { address } };

      await assert.rejects(connect(settings, 500), (error: Error) => {
        assert.equal(error.name, 'TemporalConnectError');
        assert.ok(error.message.startsWith(`Cannot connect to Temporal at ${address}: `), error.message);
        assert.match(error.message, /TEMPORAL_ADDRESS/);
        return true;
      });
    });
  }
});
