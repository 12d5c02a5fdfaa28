import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { checkCredentials, openCloud } from '../../../../client/cli/commands/doctor/check-jdcloud.js';
import { renderDoctor } from '../../../../client/cli/commands/doctor/doctor.js';
import { SettingsError } from '../../../../temporal/settings-error.js';
import { runWorker } from '../../../../worker.js';
import { defer } from '../../../fixtures/defer.js';

const NOW = () => new Date('2026-11-30T08:00:00Z');
const SECRETS = ['AKhidden', 'SKhidden', 'TKhidden'];

interface Row {
  readonly name: string;
  readonly env: (directory: string) => NodeJS.ProcessEnv;
  /** What a file `printed` holds, which a command prints. */
  readonly printed?: object | string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly says: RegExp;
}

const keys = { accessKey: 'AKhidden', secretKey: 'SKhidden' };
const keysInEnv = { JDCLOUD_ACCESS_KEY: 'AKhidden', JDCLOUD_SECRET_KEY: 'SKhidden' };
const command = (directory: string, line = `cat ${join(directory, 'printed')}`) => ({
  PATH: process.env['PATH'],
  JDCLOUD_CREDENTIALS_COMMAND: line,
});

const ROWS: readonly Row[] = [
  {
    name: 'keys in the environment',
    env: () => keysInEnv,
    status: 'ok',
    says: /from the environment; they do not expire/,
  },
  {
    name: 'a session in the environment',
    env: () => ({ ...keysInEnv, JDCLOUD_SESSION_TOKEN: 'TKhidden' }),
    status: 'warn',
    says: /from the environment, with a session token; when it expires is not told, and no other can be had/,
  },
  {
    name: 'a command whose session expires',
    env: command,
    printed: { ...keys, sessionToken: 'TKhidden', expiration: '2026-11-30T08:42:00Z' },
    status: 'ok',
    says: /from the command in JDCLOUD_CREDENTIALS_COMMAND, with a session token; good until 2026-11-30T08:42:00\.000Z, in 42 min/,
  },
  {
    name: 'a command whose session has expired',
    env: command,
    printed: { ...keys, sessionToken: 'TKhidden', expiration: '2026-11-30T07:00:00Z' },
    status: 'warn',
    says: /expired at 2026-11-30T07:00:00\.000Z/,
  },
  { name: 'a command whose keys last', env: command, printed: keys, status: 'ok', says: /COMMAND; they do not expire/ },
];

const WRONG: readonly Row[] = [
  {
    name: 'a command that prints half',
    env: command,
    printed: { accessKey: 'AKhidden' },
    status: 'fail',
    says: /JDCLOUD_CREDENTIALS_COMMAND: the command must print JSON; secretKey is missing/,
  },
  {
    name: 'a command that prints nonsense',
    env: command,
    printed: '{"secretKey": "SKhidden", TKhidden',
    status: 'fail',
    says: /JDCLOUD_CREDENTIALS_COMMAND: the command must print JSON; what it prints is none/,
  },
  {
    name: 'a command that fails',
    env: (directory) => command(directory, 'false SKhidden'),
    status: 'fail',
    says: /the command in JDCLOUD_CREDENTIALS_COMMAND failed \(exit code 1\)/,
  },
  {
    name: 'a command that is not there',
    env: (directory) => command(directory, 'no-such-program SKhidden'),
    status: 'fail',
    says: /the command in JDCLOUD_CREDENTIALS_COMMAND failed \(ENOENT\)/,
  },
  {
    name: 'a key that no header can hold',
    env: command,
    printed: { ...keys, secretKey: 'SKhidden\u5bc6' },
    status: 'fail',
    says: /the JD Cloud secret key of the command in JDCLOUD_CREDENTIALS_COMMAND holds characters/,
  },
];

async function envOf(t: TestContext, { env, printed }: Row): Promise<NodeJS.ProcessEnv> {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-credentials-'));
  defer(t, () => rm(directory, { recursive: true }));
  const text = typeof printed === 'string' ? printed : JSON.stringify(printed ?? {});
  await writeFile(join(directory, 'printed'), text);
  return { JDCLOUD_PROFILE_DIR: directory, JDCLOUD_ENDPOINT: 'http://127.0.0.1:1', ...env(directory) };
}

function assertHidden(text: string): void {
  for (const secret of SECRETS) assert.ok(!text.includes(secret), text);
}

describe('doctor on credentials', () => {
  for (const row of [...ROWS, ...WRONG]) {
    it(`given ${row.name}, says where they come from and when they expire, and not what they are`, async (t) => {
      const cloud = await openCloud(await envOf(t, row), undefined);
      defer(t, () => cloud.close());

      const check = await checkCredentials(cloud.credentials, NOW);

      assert.equal(check.status, row.status, check.message);
      assert.match(check.message, row.says);
      assertHidden(renderDoctor([check], (_style, text) => text).join('\n'));
    });
  }
});

describe('a worker', () => {
  for (const row of WRONG) {
    it(`given ${row.name}, does not start, and names the setting`, async (t) => {
      const error: unknown = await runWorker(await envOf(t, row)).catch((thrown: unknown) => thrown);

      assert.ok(error instanceof SettingsError, String(error));
      assert.match(error.message, row.says);
      assertHidden(`${error.stack} ${String(error.cause)}`);
    });
  }

  it('given two places for its credentials, does not start, and names both', async () => {
    const env = { ...keysInEnv, JDCLOUD_CREDENTIALS_COMMAND: 'true' };
    await assert.rejects(runWorker(env), {
      name: 'SettingsError',
      message: /^JDCLOUD_CREDENTIALS_COMMAND, JDCLOUD_ACCESS_KEY, JDCLOUD_SECRET_KEY are set, and/,
    });
  });
});
