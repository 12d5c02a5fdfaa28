import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { describe, it } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import { DECIDE_UPDATE, PROGRESS_QUERY } from '../../contracts/names.js';
import { RebuildProgress } from '../../contracts/rebuild-progress.js';
import type { RebuildRequestInput } from '../../contracts/rebuild-request.js';
import { DEFAULT_IMAGE_ID, OTHER_IMAGE_ID } from '../../simulator/model/builders.js';
import { eventually } from '../fixtures/eventually.js';
import { inLane, type Lane } from '../fixtures/lane.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor } from '../fixtures/requests.js';

/** What the VM serves, as its image makes it. */
type Service = (lane: Lane) => number;

const always =
  (status: number): Service =>
  () =>
    status;
/** A new image whose service does not come up. */
const brokenByNewImage: Service = ({ cloud, instanceId }) =>
  cloud.vm(instanceId).imageId === OTHER_IMAGE_ID ? 503 : 200;

/** A port on which the VM's service answers. */
async function serve(listener: RequestListener): Promise<{ port: number; close: () => void }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { port: address.port, close: () => server.close() };
}

/** Runs a row with a service behind its VM. */
async function withService<T>(service: Service, row: (lane: Lane, request: RebuildRequestInput) => Promise<T>) {
  return await inLane({}, async (lane) => {
    const { port, close } = await serve((_request, response) => response.writeHead(service(lane)).end('a secret'));
    try {
      const url = `http://127.0.0.1:${port}/healthz`;
      const check = { kind: 'http', url, intervalSeconds: 1, successes: 2, deadlineSeconds: 4 } as const;
      return await row(lane, requestFor(lane.instanceId, { imageId: OTHER_IMAGE_ID, healthChecks: [check] }));
    } finally {
      close();
    }
  });
}

async function untilHeld(handle: WorkflowHandle): Promise<void> {
  await eventually('it is held', async () => {
    const { held } = RebuildProgress.parse(await handle.query(PROGRESS_QUERY));
    return held !== null && held !== undefined;
  });
}

const touched = ({ cloud, instanceId }: Lane) =>
  cloud.journal.calls({ instanceId }).filter(({ operation }) => !operation.startsWith('describe'));

describe('health checks', { concurrency: 4 }, () => {
  it('are made before and after, and told in the result without what the service said', () =>
    withService(always(200), async (lane, request) => {
      const result = await lane.worker.execute(request);

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.deepEqual([result.health?.before, result.health?.after], ['healthy', 'healthy']);
      assert.equal(result.health?.resultsAfter.length, 1);
      assert.ok(!JSON.stringify(result).includes('a secret'));
    }));

  it('where none are given, the result says so', () =>
    inLane({}, async (lane) => {
      const result = await lane.worker.execute(requestFor(lane.instanceId, { imageId: OTHER_IMAGE_ID }));
      assert.deepEqual([result.health?.before, result.health?.after], ['unchecked', 'unchecked']);
      assert.match(result.health?.reason ?? '', /no health checks/i);
    }));

  it('of a VM that is left stopped are not made, and the result says so', () =>
    withService(always(200), async (lane, request) => {
      const result = await lane.worker.execute({ ...request, power: 'stopped' });
      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.deepEqual([result.health?.before, result.health?.after], ['healthy', 'unchecked']);
      assert.match(result.health?.reason ?? '', /left stopped/);
    }));

  it('that fail afterwards end the rebuild as HealthCheckFailed, and the VM runs', () =>
    withService(brokenByNewImage, async (lane, request) => {
      const result = await lane.worker.execute(request);

      assert.equal(result.failure?.type, 'HealthCheckFailed', result.failure?.message);
      assert.match(result.failure?.message ?? '', /503/);
      assert.deepEqual([result.health?.before, result.health?.after], ['healthy', 'unhealthy']);
      assert.equal(result.power.after, 'running');
      assert.equal(lane.cloud.journal.effective('rebuildInstance'), 1);
    }));

  it('that fail afterwards roll the VM back where asked, and are made again', () =>
    withService(brokenByNewImage, async (lane, request) => {
      const result = await lane.worker.execute({ ...request, onFailure: 'rollback' });

      assert.equal(result.failure?.type, 'RolledBack', result.failure?.message);
      assert.deepEqual(
        result.failures?.map(({ type }) => type),
        ['HealthCheckFailed'],
      );
      assert.equal(result.health?.after, 'healthy');
      assert.equal(lane.cloud.vm(lane.instanceId).imageId, DEFAULT_IMAGE_ID);
    }));

  it('that failed before too are no reason to roll back: the result says that the VM was sick', () =>
    withService(always(503), async (lane, request) => {
      const result = await lane.worker.execute({ ...request, onFailure: 'rollback' });

      assert.equal(result.failure?.type, 'HealthCheckFailed', result.failure?.message);
      assert.deepEqual([result.health?.before, result.health?.after], ['unhealthy', 'unhealthy']);
      assert.ok(result.warnings.some(({ code }) => code === 'not-rolled-back'));
      assert.equal(lane.cloud.journal.effective('rebuildInstance'), 1);
    }));

  it('refuse a sick VM before anything is touched, where health is required', () =>
    withService(always(503), async (lane, request) => {
      const result = await lane.worker.execute({ ...request, requireHealthyBefore: true });

      assert.equal(result.failure?.type, 'UnhealthyBefore', result.failure?.message);
      assert.deepEqual(touched(lane), []);
    }));

  it('are made again when a held rebuild is retried', () => {
    let status = 503;
    return withService(
      ({ cloud, instanceId }) => (cloud.vm(instanceId).imageId === OTHER_IMAGE_ID ? status : 200),
      async (lane, request) => {
        const handle = await lane.worker.start({ ...request, onFailure: 'hold' });
        await untilHeld(handle);
        status = 200;
        await handle.executeUpdate(DECIDE_UPDATE, { args: [{ decision: 'retry', reason: 'mended', by: 'ana' }] });
        const result = await outcomeOf(handle);

        assert.equal(result.outcome, 'done', result.failure?.message);
        assert.equal(result.health?.after, 'healthy');
        assert.equal(lane.cloud.journal.effective('rebuildInstance'), 1);
      },
    );
  });
});
