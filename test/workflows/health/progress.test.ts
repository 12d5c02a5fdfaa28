import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import proto from '@temporalio/proto';
import { stepText } from '../../../client/cli/render/progress.js';
import { ReimageClient } from '../../../client/index.js';
import { eventually } from '../../fixtures/eventually.js';
import { inLane } from '../../fixtures/lane.js';
import { requestFor } from '../../fixtures/requests.js';
import { httpServer } from '../../unit/activities/health/servers.js';

describe('the progress of a rebuild whose health is checked', () => {
  it('shows what the check says, bad and then good, and the result keeps the last', async (t) => {
    let status = 503;
    const server = await httpServer(t, (response) => response.writeHead(status).end('s3cret'));
    const url = `http://{privateIp}:${server.port}/health`;
    const overrides = { privateIpAddress: '127.0.0.1' };
    await inLane({ overrides }, async ({ worker, instanceId }) => {
      const reimage = await ReimageClient.connect({ client: worker.client, taskQueue: worker.taskQueue });
      const healthChecks = [{ kind: 'http' as const, url, intervalSeconds: 1, successes: 1 }];
      const vm = await reimage.start(requestFor(instanceId, { healthChecks }));
      await eventually('a client sees the bad answer', async () => {
        const { progress } = await reimage.get(vm);
        return progress !== null && stepText(progress) === `VM running, check: GET ${url}: answered 503`;
      });
      status = 200;
      const { outcome, health } = await reimage.wait(vm);

      assert.deepEqual([outcome, health?.before, health?.after], ['done', 'unhealthy', 'healthy']);
      assert.match(health?.resultsAfter[0]?.message ?? '', /^answered 200 in \d+ ms$/);
      const history = await worker.client.workflow.getHandle(vm.operationId).fetchHistory();
      const bytes = Buffer.from(proto.temporal.api.history.v1.History.encode(history).finish());
      assert.deepEqual([bytes.includes('answered 200'), bytes.includes('s3cret')], [true, false]);
    });
  });
});
