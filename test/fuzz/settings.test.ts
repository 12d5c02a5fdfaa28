import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cliFiles, readCliProfile } from '../../jdcloud/cli-profile.js';
import { parseEndpoint, parseJdCloudConfig } from '../../jdcloud/config.js';
import { readConnectSettings } from '../../temporal/connect-settings.js';
import { readCodecKeys } from '../../temporal/encryption/codec-keys.js';
import { readWorkerConfig } from '../../temporal/worker/config.js';
import { holds } from './holds.js';
import { hostileText } from './hostile.js';

/** What people put into the wrong variable by mistake. */
const SECRET = 'Sw0rdfish-is-no-setting';

const value = fc.oneof(hostileText, fc.constantFrom('0', '1', '99999999999999999999', '65536', '4e2', 'info', ' 5 '));

const environment = (names: readonly string[], of: fc.Arbitrary<string> = value) =>
  fc.dictionary(fc.constantFrom(...names), of, { maxKeys: 3 });

/** What a reader makes of an environment: its answer, or the message of the Error that it may throw. */
async function outcome<T>(read: () => T | Promise<T>): Promise<{ settings: T } | { message: string }> {
  try {
    return { settings: await read() };
  } catch (error) {
    assert.ok(error instanceof Error && error.constructor === Error, `threw ${String(error)}`);
    return { message: error.message };
  }
}

describe('settings, given nonsense', () => {
  it('a worker names each variable that is wrong, or gets numbers that it can work with', async () => {
    const names = ['TASK_QUEUE', 'METRICS_PORT', 'METRICS_HOST', 'LOG_LEVEL', 'MAX_CACHED_WORKFLOWS', 'SETTLE_MS'];
    const more = [
      'MAX_CONCURRENT_ACTIVITIES',
      'SHUTDOWN_GRACE_SECONDS',
      'POLL_INTERVAL_MS',
      'POL_INTERVAL_MS',
      '__proto__',
    ];
    await holds(
      fc.asyncProperty(environment([...names, ...more].map((name) => `REIMAGE_${name}`)), async (env) => {
        const result = await outcome(() => readWorkerConfig(env));
        if ('message' in result) {
          assert.match(result.message, /^The worker's settings are wrong: REIMAGE_\w+: .+$/);
          return;
        }
        const { limits, shutdownGraceMs, pollIntervalMs, settleMs, http } = result.settings;
        const numbers = [...Object.values(limits), shutdownGraceMs, pollIntervalMs, settleMs, http?.port ?? 0];
        for (const number of numbers) assert.ok(Number.isSafeInteger(number) && number >= 0, String(number));
      }),
      300,
    );
  });

  it('a connection to Temporal has an address and a namespace, or says that its settings cannot be read', async () => {
    const tls = ['TLS', 'TLS_CLIENT_CERT_PATH', 'TLS_CLIENT_KEY_DATA', 'TLS_SERVER_CA_CERT_PATH', 'TLS_SERVER_NAME'];
    const names = ['ADDRESS', 'NAMESPACE', 'API_KEY', 'PROFILE', 'CONFIG_FILE', 'GRPC_META_X', ...tls];
    await holds(
      fc.asyncProperty(environment(names.map((name) => `TEMPORAL_${name}`)), async (env) => {
        const result = await outcome(() => readConnectSettings({ TEMPORAL_CONFIG_FILE: 'absent.toml', ...env }));
        if ('message' in result) assert.match(result.message, /^The settings of Temporal \(TEMPORAL_\*/);
        else assert.ok(result.settings.address !== '' && result.settings.namespace !== '');
      }),
      200,
    );
  });

  it('an endpoint is a bare http(s) URL that can be called, or refused by name and never repeated', async () => {
    const host = fc.constantFrom('https://', 'http://', 'ftp://', '', `https://user:${SECRET}@`);
    const url = fc.tuple(host, hostileText, fc.constantFrom('', `/${SECRET}`)).map((parts) => parts.join(''));
    await holds(
      fc.asyncProperty(fc.oneof(url, value), value, async (endpoint, region) => {
        const env = { JDCLOUD_ENDPOINT: endpoint, JDCLOUD_REGION: region };
        const result = await outcome(() => parseJdCloudConfig(env));
        if ('message' in result) {
          for (const line of result.message.split('\n')) assert.match(line, /^JDCLOUD_(ENDPOINT|REGION) [^\p{Cc}]+$/u);
          assert.ok(!result.message.includes(SECRET));
          return;
        }
        const { origin, pathPrefix } = parseEndpoint(result.settings.endpoint);
        assert.match(origin, /^https?:\/\/[^\s/@?#]+$/);
        assert.ok(!pathPrefix.endsWith('/'));
        assert.match(result.settings.regionId ?? 'cn-north-1', /^[a-z0-9-]+$/);
      }),
      400,
    );
  });

  it('keys of the codec are read, or refused without being repeated', async () => {
    const entry = fc.oneof(
      hostileText,
      hostileText.map((id) => `${id}=env:KEY`),
      hostileText.map((ref) => `k1=${ref}`),
      fc.constant(SECRET),
      fc.constant(`k1=${SECRET}`),
    );
    const given = fc.array(entry, { maxLength: 3 }).map((entries) => entries.join(','));
    const secrets = fc.constantFrom('ab'.repeat(32), SECRET, '', '\0');
    await holds(
      fc.asyncProperty(given, secrets, async (text, secret) => {
        const result = await outcome(() => readCodecKeys({ REIMAGE_CODEC_KEYS: text }, async () => secret));
        if ('message' in result) {
          assert.match(result.message, /^REIMAGE_CODEC_KEYS: [^\p{Cc}]+\.$/u);
          assert.ok(!result.message.includes(SECRET));
        } else for (const { id } of result.settings ?? []) assert.match(id, /^[\w.-]{1,64}$/);
      }),
      300,
    );
  });

  it('files of the official command line give a profile, or a reason without their content', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'reimage-test-'));
    t.after(() => rm(directory, { recursive: true, force: true }));
    const files = cliFiles(directory);
    const line = fc.oneof(
      hostileText.map((name) => `[${name}]`),
      hostileText.map((key) => `access_key = ${key}`),
      fc.tuple(hostileText, hostileText).map((pair) => pair.join(' = ')),
      fc.constant(`secret_key = ${SECRET}`),
    );
    const config = fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n'));
    await holds(
      fc.asyncProperty(config, hostileText, async (text, current) => {
        await writeFile(files.config, text);
        await writeFile(files.current, current);
        const result = await outcome(() => readCliProfile(directory));
        if ('message' in result) assert.ok(!result.message.includes(SECRET));
        else if (result.settings.profile === null) assert.ok(!result.settings.why.includes(SECRET));
        else for (const field of Object.values(result.settings.profile)) assert.ok(field === null || field !== '');
      }),
      150,
    );
  });
});
