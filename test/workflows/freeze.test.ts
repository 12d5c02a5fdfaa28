import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { ReimageClient } from '../../client/index.js';
import { FREEZE_WORKFLOW_ID } from '../../contracts/freeze.js';
import { DECIDE_UPDATE } from '../../contracts/names.js';
import type { RebuildResult } from '../../contracts/rebuild-result.js';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import { type SimulatorOptions, startSimulator } from '../../simulator/start-simulator.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { holdTransition } from '../fixtures/hold-transition.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { ownNamespace } from '../fixtures/own-namespace.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { startTestWorker } from '../fixtures/worker.js';
import { startFails, untilHeld } from './way-out-run.js';

const ANN = { by: 'ann', reason: 'audit' };
const BOB = { by: 'bob', reason: 'audit is over' };

/** A namespace that nobody else uses, a worker in it, and the library. */
async function setUp(t: TestContext, options: Omit<SimulatorOptions, 'state'> = {}) {
  const temporal = await ownNamespace(t);
  const instanceId = uniqueVmId();
  const images = [DEFAULT_IMAGE_ID, OTHER_IMAGE_ID].map((id) => image(id));
  const cloud = await startSimulator({ compress: 200, ...options, state: region({ vms: [vm(instanceId)], images }) });
  defer(t, () => cloud.close());
  const worker = await startTestWorker(t, { cloud, temporal });
  const { taskQueue } = worker;
  const library = await ReimageClient.connect({ client: temporal.client, taskQueue });
  const startWorker = () => startTestWorker(t, { cloud, temporal, taskQueue });
  const request = requestFor(instanceId, { imageId: OTHER_IMAGE_ID });
  const changes = () => cloud.journal.calls().filter(({ operation }) => !operation.startsWith('describe'));
  return { temporal, cloud, worker, library, startWorker, instanceId, request, changes };
}

function assertRefused({ failure }: RebuildResult): void {
  assert.equal(failure?.type, 'Frozen');
  assert.match(failure?.message ?? '', /frozen since 2\S+ by ann: audit/);
}

describe('a frozen namespace', { concurrency: 2 }, () => {
  it('refuses a rebuild before anything is touched, and lets it go once it is unfrozen', async (t) => {
    const { library, worker, cloud, request, changes } = await setUp(t);
    const { freeze } = await library.freeze(ANN);

    const refused = await worker.execute(request);

    assertRefused(refused);
    assert.deepEqual(changes(), []);
    assert.deepEqual(
      refused.failure?.issues?.map(({ code }) => code),
      ['frozen'],
    );
    const unfrozen = await library.unfreeze(BOB);
    assert.deepEqual(unfrozen?.freeze, freeze);
    assert.deepEqual({ by: unfrozen?.end.by, reason: unfrozen?.end.reason }, BOB);
    assert.equal((await worker.execute(request)).outcome, 'done');
    assert.equal(cloud.journal.effective('rebuildInstance'), 1);
  });

  it('given a misfit beside the freeze, then it is told too, but the freeze is what the failure says', async (t) => {
    const { library, worker, request } = await setUp(t);
    await library.freeze(ANN);

    const { failure } = await worker.execute({ ...request, imageId: 'img-nowhere' });

    assert.equal(failure?.type, 'Frozen');
    assert.deepEqual(
      failure?.issues?.map(({ code }) => code),
      ['frozen', 'image-not-found'],
    );
  });

  it('shows the freeze in a dry run', async (t) => {
    const { library, request } = await setUp(t);
    await library.freeze(ANN);

    const { issues } = await library.plan(request);

    assert.deepEqual(
      issues.map(({ code }) => code),
      ['frozen'],
    );
  });

  it('refuses a rebuild whose health was still being checked when the freeze came', async (t) => {
    const { library, worker, request, changes } = await setUp(t);
    // Before the VM is stopped it is asked how it is, and by then it is too late to begin.
    const service = createServer((_request, response) => void library.freeze(ANN).then(() => response.end()));
    defer(t, () => void service.close());
    await once(service.listen(0, '127.0.0.1'), 'listening');
    const address = service.address();
    assert.ok(address !== null && typeof address === 'object');
    const url = `http://127.0.0.1:${address.port}/`;

    const refused = await worker.execute({ ...request, healthChecks: [{ kind: 'http', url, intervalSeconds: 1 }] });

    assertRefused(refused);
    assert.deepEqual(changes(), []);
  });

  it('lets a rebuild finish whose validation came before', async (t) => {
    const { library, worker, cloud, instanceId, request } = await setUp(t);
    const stopping = holdTransition(cloud, 'stopInstance');
    const handle = await worker.start(request);
    await stopping.reached();

    await library.freeze(ANN);
    stopping.release();
    const result = await outcomeOf(handle);

    assert.equal(result.outcome, 'done', result.failure?.message);
    assert.equal(cloud.vm(instanceId).imageId, OTHER_IMAGE_ID);
  });

  it('lets a held rebuild be rolled back, since that finishes what was begun', async (t) => {
    const { library, worker, cloud, instanceId, request } = await setUp(t, { timing: { starting: 100_000 } });
    cloud.addFault({ ...startFails(), instanceId });
    const handle = await worker.start({ ...request, onFailure: 'hold', hold: { deadlineSeconds: 600 } });
    const { since } = await untilHeld(handle);

    await library.freeze(ANN);
    await handle.executeUpdate(DECIDE_UPDATE, {
      args: [{ decision: 'rollback', reason: 'bad image', by: 'ana', heldSince: since }],
    });
    const result = await outcomeOf(handle);

    assert.equal(result.failure?.type, 'RolledBack', result.failure?.message);
    assert.equal(cloud.vm(instanceId).imageId, DEFAULT_IMAGE_ID);
  });

  it('refuses the rollback of a rebuild that has ended, since that erases anew', async (t) => {
    const { library, worker, instanceId, request, changes } = await setUp(t);
    assert.equal((await worker.execute(request)).outcome, 'done');
    const before = changes().length;
    await library.freeze(ANN);

    const options = { reason: 'bad image', requestedBy: 'ana', keyNames: ['ops'] };
    const operation = await library.rollback({ regionId: 'cn-north-1', instanceId }, options);
    const result = await library.wait(operation);

    assertRefused(result);
    assert.equal(changes().length, before);
  });

  it('is frozen once: a second wish is told whose freeze it is, and one unfreeze ends it', async (t) => {
    const { library } = await setUp(t);
    const first = await library.freeze(ANN);

    const second = await library.freeze(BOB);

    assert.equal(first.isNew, true);
    assert.deepEqual(second, { freeze: first.freeze, isNew: false });
    assert.deepEqual(await library.frozen(), first.freeze);
    const ends = await Promise.all([library.unfreeze(BOB), library.unfreeze({ ...BOB, by: 'eve' })]);
    assert.equal(await library.frozen(), null);
    const [one] = ends.flatMap((unfrozen) => unfrozen?.end ?? []);
    assert.ok(one);
    for (const unfrozen of ends) if (unfrozen !== null) assert.deepEqual(unfrozen.end, one);
    assert.equal(await library.unfreeze(BOB), null);
  });

  it('stays frozen without a worker, and after one has started again', async (t) => {
    const { library, worker, startWorker, request, changes } = await setUp(t);
    await library.freeze(ANN);
    await worker.worker.stop();
    assert.equal((await library.frozen())?.by, 'ann');

    const again = await startWorker();

    const refused = await again.execute(request);
    assertRefused(refused);
    assert.deepEqual(changes(), []);
    assert.ok(await library.unfreeze(BOB));
    assert.equal((await again.execute(request)).outcome, 'done');
  });

  it('stays frozen when all that runs is cancelled, and is unfrozen all the same', async (t) => {
    const { library, temporal } = await setUp(t);
    await library.freeze(ANN);
    const freeze = temporal.client.workflow.getHandle(FREEZE_WORKFLOW_ID);
    await freeze.cancel();

    // Its worker has heard of it, and still has it.
    const hasHeard = async () => {
      const { events } = await freeze.fetchHistory();
      const asked = events?.findIndex((event) => event.workflowExecutionCancelRequestedEventAttributes) ?? -1;
      return events?.slice(asked).some((event) => event.workflowTaskCompletedEventAttributes) ?? false;
    };
    await eventually('the cancellation was taken in', hasHeard);

    assert.equal((await library.frozen())?.by, 'ann');
    assert.equal((await library.unfreeze(BOB))?.end.by, 'bob');
    assert.equal(await library.frozen(), null);
  });

  it('given no worker, then an unfreeze says that the namespace is still frozen', async (t) => {
    const { library, worker } = await setUp(t);
    await library.freeze(ANN);
    await worker.worker.stop();

    const unfreezing = library.unfreeze(BOB, { workerTimeoutMs: 3_000 });

    await assert.rejects(unfreezing, { name: 'ReimageUnreachableError', message: /frozen since 2\S+ by ann: audit/ });
    assert.equal((await library.frozen())?.by, 'ann');
  });

  it('refuses nonsense', async (t) => {
    const { library } = await setUp(t);
    await assert.rejects(library.freeze({ by: 'ann', reason: ' ' }), { name: 'ReimageInvalidInputError' });
    await library.freeze(ANN);
    await assert.rejects(library.unfreeze({ by: '', reason: 'x' }), { name: 'ReimageInvalidInputError' });
    assert.ok(await library.frozen());
  });
});
