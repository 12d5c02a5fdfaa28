import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ReimageClient } from '../../client/index.js';
import { startDevServer } from '../../temporal/dev-server/dev-server.js';
import { startCli } from '../client/cli/spawn-cli.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { testTemporalCli } from '../fixtures/temporal-env.js';

const scope = { after };
const folder = await mkdtemp(join(tmpdir(), 'reimage-interrupt-'));
defer(scope, () => rm(folder, { recursive: true, force: true }));
const server = await startDevServer({ path: await testTemporalCli(), logFile: join(folder, 'server.log') });
defer(scope, () => server.stop());
defer(scope, () => void thaw());

const freeze = () => process.kill(server.pid(), 'SIGSTOP');
const thaw = () => process.kill(server.pid(), 'SIGCONT');

const env = { TEMPORAL_ADDRESS: server.address, REIMAGE_TASK_QUEUE: 'nobody', JDCLOUD_REGION: 'cn-north-1' };

/** A command that follows a rebuild whose server has just stopped answering. */
async function watchFrozen() {
  await using client = await ReimageClient.connect({ env });
  const request = requestFor(uniqueVmId());
  await client.start(request);
  const watching = startCli(['watch', request.instanceId], env);
  await eventually('the rebuild is seen', () => watching.stderr().includes(`Z ${request.instanceId} `));
  freeze();
  return watching;
}

describe('Ctrl-C while the Temporal server hangs', () => {
  it('ends the view, after the server was told to be away, and says that the rebuild goes on', async () => {
    const watching = await watchFrozen();
    try {
      await eventually('the silence is told', () =>
        /Z i-\w+ .*waiting for the Temporal server/.test(watching.stderr()),
      );
      watching.signal('SIGINT');
      const { exitCode, stderr } = await watching.ended;
      assert.equal(exitCode, 130, stderr);
      assert.match(stderr, /The rebuild goes on/);
    } finally {
      thaw();
    }
  });

  it('ends a command that cannot even connect, which has said what it waits for', async () => {
    freeze();
    try {
      const listing = startCli(['list'], env);
      await eventually('it is told', () => /waiting for the Temporal server at/.test(listing.stderr()));
      listing.signal('SIGINT');
      assert.equal((await listing.ended).exitCode, 130);
      assert.match(listing.stderr(), /Ended by Ctrl-C\. Nothing was started, and nothing was touched\./);
    } finally {
      thaw();
    }
  });
});
