import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { ReimageClient } from '../../client/index.js';
import { keyRecordWorkflowId } from '../../contracts/names.js';
import { region, vm } from '../../simulator/model/builders.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { freePort } from '../../temporal/dev-server/dev-server.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { ownNamespace } from '../fixtures/own-namespace.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { startWorkerProcess, type WorkerProcess } from './worker-process.js';

const SECRETS = {
  REIMAGE_SECRET_OLD: randomBytes(32).toString('hex'),
  REIMAGE_SECRET_NEW: randomBytes(32).toString('hex'),
};
const OLD = { ...SECRETS, REIMAGE_CODEC_KEYS: 'old=env:REIMAGE_SECRET_OLD' };
const NEW = { ...SECRETS, REIMAGE_CODEC_KEYS: 'new=env:REIMAGE_SECRET_NEW,old=env:REIMAGE_SECRET_OLD' };
/** Both are read, and the old one still encrypts. */
const LAST_FIRST = { REIMAGE_CODEC_KEYS: 'old=env:REIMAGE_SECRET_OLD,new=env:REIMAGE_SECRET_NEW' };

/** An own secret under the id of another: a slip in somebody's environment. */
const SLIP = { ...OLD, REIMAGE_SECRET_OLD: randomBytes(32).toString('hex') };

interface Stage {
  readonly ids: readonly string[];
  readonly startWorker: (env: NodeJS.ProcessEnv) => Promise<WorkerProcess>;
  readonly connect: (env: NodeJS.ProcessEnv) => Promise<ReimageClient>;
  /** Whether a process has been handed anything by the server, in any of the VMs' rebuilds. */
  readonly hasWorked: (worker: WorkerProcess) => Promise<boolean>;
  readonly isFrozen: () => Promise<boolean>;
  /** As when nobody has said for days by which key they encrypt. */
  readonly forgetKeys: () => Promise<void>;
  /** How often each VM was erased. */
  readonly erases: () => number[];
}

async function stageOf(t: TestContext, size: number): Promise<Stage> {
  const { client, settings } = await ownNamespace(t);
  const ids = Array.from({ length: size }, uniqueVmId);
  const cloud = await startSimulator({ compress: 200, state: region({ vms: ids.map((id) => vm(id)) }) });
  defer(t, () => cloud.close());
  const taskQueue = `test-${randomUUID()}`;
  const { address, namespace } = settings;
  const connect = async (env: NodeJS.ProcessEnv) => {
    const own = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, REIMAGE_TASK_QUEUE: taskQueue };
    const library = await ReimageClient.connect({ env: { ...own, ...env } });
    defer(t, () => library.close());
    return library;
  };
  return {
    ids,
    connect,
    startWorker: (env) =>
      startWorkerProcess(t, { cloud, address, taskQueue, env: { TEMPORAL_NAMESPACE: namespace, ...env } }),
    hasWorked: async ({ pid }) => {
      const histories = ids.map((id) => client.workflow.getHandle(`rebuild:cn-north-1:${id}`).fetchHistory());
      const events = (await Promise.all(histories)).flatMap((history) => history.events ?? []);
      return events.some((event) => {
        const { workflowTaskStartedEventAttributes: task, activityTaskStartedEventAttributes: activity } = event;
        return [task?.identity, activity?.identity].some((identity) => identity?.startsWith(`${pid}@`));
      });
    },
    isFrozen: async () =>
      (await client.workflow.count(`WorkflowType = 'freeze' AND ExecutionStatus = 'Running'`)).count === 1,
    forgetKeys: async () =>
      void (await client.workflow.getHandle(keyRecordWorkflowId(taskQueue)).terminate('as if days had passed')),
    erases: () => ids.map((id) => cloud.journal.effective('rebuildInstance', id)),
  };
}

async function rebuildAll({ ids }: Stage, library: ReimageClient) {
  return await Promise.all(ids.map(async (id) => library.wait(await library.start(requestFor(id)))));
}

const outcomesOf = (results: Awaited<ReturnType<typeof rebuildAll>>) =>
  results.map(({ outcome, failure }) => failure?.message ?? outcome);

/** Each VM is done, and was erased once. */
function assertAllDone(stage: Stage, results: Awaited<ReturnType<typeof rebuildAll>>): void {
  assert.deepEqual(
    outcomesOf(results),
    stage.ids.map(() => 'done'),
  );
  assert.deepEqual(
    stage.erases(),
    stage.ids.map(() => 1),
  );
}

describe('of two worker processes one that lacks the key by which others encrypt', { concurrency: 1 }, () => {
  it('takes no work, says why, ends, and works again once it has the key', { timeout: 300_000 }, async (t) => {
    const stage = await stageOf(t, 8);
    const port = await freePort();
    const lacking = await stage.startWorker({ ...OLD, REIMAGE_METRICS_PORT: String(port) });
    const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
    assert.equal(await ready(), 200);
    await stage.startWorker(NEW);
    await eventually('it says why', () => /lacks key \\?"new\\?"/.test(lacking.output()));
    assert.equal(await lacking.ended, 1);

    const results = await rebuildAll(stage, await stage.connect(NEW));
    assertAllDone(stage, results);
    assert.equal(await stage.hasWorked(lacking), false);

    await assert.rejects(stage.startWorker(OLD), /lacks key "new"/, 'it does not begin without');
    const restarted = await stage.startWorker({ ...NEW, REIMAGE_METRICS_PORT: String(port) });
    assert.equal(await ready(), 200);
    await eventually('it takes its share', async () => {
      await rebuildAll(stage, await stage.connect(NEW));
      return await stage.hasWorked(restarted);
    });
  });

  it('costs no VM its rebuild where the key comes into use with them', { timeout: 300_000 }, async (t) => {
    const stage = await stageOf(t, 8);
    const [lacking] = await Promise.all([stage.startWorker(OLD), stage.startWorker({ ...NEW, ...LAST_FIRST })]);
    const results = await rebuildAll(stage, await stage.connect(NEW));

    assertAllDone(stage, results);
    assert.equal(await lacking.ended, 1);
  });

  it(
    'does not begin where what is open is encrypted by it, though nobody has used it for days',
    { timeout: 300_000 },
    async (t) => {
      const stage = await stageOf(t, 0);
      const both = await stage.startWorker({ ...NEW, ...LAST_FIRST });
      const library = await stage.connect(NEW);
      await library.freeze({ by: 'ann', reason: 'a key that has grown old' });
      await eventually('the index tells of the freeze', async () => await stage.isFrozen());
      await both.kill();
      await stage.forgetKeys();
      await stage.startWorker({ ...NEW, ...LAST_FIRST });

      await assert.rejects(stage.startWorker(OLD), /lacks key "new"/);
    },
  );

  it('goes on where no worker has it: a client with a key of its own stops nobody', { timeout: 300_000 }, async (t) => {
    const stage = await stageOf(t, 1);
    const worker = await stage.startWorker(OLD);
    const stray = await stage.connect(NEW);
    const results = await rebuildAll(stage, await stage.connect(OLD));
    await stray.close();

    assert.deepEqual(outcomesOf(results), ['done']);
    assert.doesNotMatch(worker.output(), /lacks key/);
  });

  it('goes on where a client has another secret under its id', { timeout: 300_000 }, async (t) => {
    const stage = await stageOf(t, 1);
    const worker = await stage.startWorker(OLD);
    const stray = await stage.connect(SLIP);
    const second = await stage.startWorker(OLD);
    const results = await rebuildAll(stage, await stage.connect(OLD));
    await stray.close();

    assert.deepEqual(outcomesOf(results), ['done']);
    for (const each of [worker, second]) assert.doesNotMatch(each.output(), /lacks key/);
    await assert.rejects(
      stage.startWorker(SLIP),
      /has another secret for key "old"/,
      'a worker with such a slip does not begin',
    );
  });
});
