import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openJdCloudSettings } from '../../jdcloud/config.js';
import { settingsAccess } from '../../secrets/secret-reader.js';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import type { SimulatorCredentials } from '../../simulator/wire/request-signature.js';
import { defer } from '../fixtures/defer.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { startTestWorker } from '../fixtures/worker.js';

const session = (name: string): SimulatorCredentials => ({
  accessKey: `AK${name}`,
  secretKey: `secret-${name}`,
  sessionToken: `token-${name}`,
});

/** A place that a worker has its credentials from, and how another session comes there. */
interface Place {
  readonly name: string;
  readonly env: (directory: string) => NodeJS.ProcessEnv;
  readonly file: string;
  readonly text: (credentials: SimulatorCredentials) => string;
}

const PLACES: readonly Place[] = [
  {
    name: 'a command',
    env: (directory) => ({
      PATH: process.env['PATH'],
      JDCLOUD_CREDENTIALS_COMMAND: `cat ${join(directory, 'session')}`,
    }),
    file: 'session',
    text: (credentials) => JSON.stringify(credentials),
  },
  {
    name: 'a profile',
    env: (directory) => ({ JDCLOUD_PROFILE_DIR: directory, JDCLOUD_PROFILE: 'prod' }),
    file: 'config',
    text: ({ accessKey, secretKey, sessionToken }) =>
      `[prod]\naccess_key = ${accessKey}\nsecret_key = ${secretKey}\nsession_token = ${sessionToken}\n`,
  },
];

async function stand(t: TestContext, place: Place) {
  const directory = await mkdtemp(join(tmpdir(), 'reimage-session-'));
  defer(t, () => rm(directory, { recursive: true }));
  const instanceId = uniqueVmId();
  const images = [DEFAULT_IMAGE_ID, OTHER_IMAGE_ID].map((id) => image(id));
  const cloud = await startSimulator({
    compress: 200,
    credentials: session('one'),
    state: region({ vms: [vm(instanceId)], images }),
  });
  defer(t, () => cloud.close());
  const put = async (credentials: SimulatorCredentials) => {
    await writeFile(join(directory, 'next'), place.text(credentials));
    await rename(join(directory, 'next'), join(directory, place.file));
  };
  await put(session('one'));
  const env = place.env(directory);
  const { credentials } = await openJdCloudSettings(env, settingsAccess(env));
  const worker = await startTestWorker(t, { cloud, credentials });
  return { instanceId, cloud, put, worker };
}

describe('a session token that expires in the middle of a rebuild', { concurrency: 2 }, () => {
  for (const place of PLACES) {
    it(`${place.name} gives the next one: erased once, done, and no worker was restarted`, async (t) => {
      const { instanceId, cloud, put, worker } = await stand(t, place);
      const handle = await worker.start(requestFor(instanceId, { imageId: OTHER_IMAGE_ID }));
      await cloud.waitFor(() => cloud.vm(instanceId).status === 'rebuilding', 120_000);
      cloud.grant({ ...session('one'), expiresAt: new Date().toISOString() });
      const refused = () => cloud.journal.calls().filter(({ httpStatus }) => httpStatus === 401);
      await cloud.waitFor(() => refused().length > 1, 120_000);
      assert.match(refused()[0]?.errorMessage ?? '', /security token has expired/);
      cloud.grant(session('two'));
      await put(session('two'));

      const result = await outcomeOf(handle);

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.equal(cloud.journal.effective('rebuildInstance', instanceId), 1);
      assert.deepEqual([cloud.vm(instanceId).imageId, cloud.vm(instanceId).status], [OTHER_IMAGE_ID, 'running']);
    });
  }
});
