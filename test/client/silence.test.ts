import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { ReimageClient, ReimageError } from '../../client/index.js';
import type { Waiting } from '../../temporal/waiting.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { testTemporal } from '../fixtures/temporal-env.js';
import { startTestWorker } from '../fixtures/worker.js';

/** Nobody listens on port 1. */
const AWAY = { endpoint: 'http://127.0.0.1:1', credentials: { accessKey: 'a', secretKey: 'b' } };

/** What only waits, until the test has heard enough and interrupts it. */
function listener() {
  const told: Waiting[] = [];
  const interrupt = new AbortController();
  const options = { onProgress: (waiting: Waiting) => void told.push(waiting), signal: interrupt.signal };
  return { told, options, interrupt: () => interrupt.abort(new Error('enough')) };
}

async function openRuns({ temporal, taskQueue }: ReimageClient): Promise<number> {
  const { count } = await temporal.workflow.count(`TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`);
  return count;
}

async function clientOf(t: TestContext, taskQueue = `silence-${randomUUID()}`): Promise<ReimageClient> {
  const { client } = await testTemporal(t);
  return await ReimageClient.connect({ client, taskQueue, env: {} });
}

/** A JD Cloud that takes every connection and never says a word. */
async function hungCloud(t: TestContext): Promise<typeof AWAY> {
  const hung = createServer((socket) => defer(t, () => void socket.destroy()));
  await new Promise<void>((resolve) => hung.listen(0, '127.0.0.1', resolve));
  defer(t, () => void hung.close());
  return { ...AWAY, endpoint: `http://127.0.0.1:${(hung.address() as AddressInfo).port}` };
}

const QUESTIONS = [
  { name: 'plan', ask: (client, options) => client.plan(requestFor(uniqueVmId()), options) },
  { name: 'listBackups', ask: (client, options) => client.listBackups({ regionId: 'cn-north-1' }, options) },
  {
    name: 'fleets.plan',
    ask: (client, options) =>
      client.fleets.plan(
        {
          name: 'web',
          regionId: 'cn-north-1',
          select: { instanceIds: [uniqueVmId()] },
          image: { id: 'img-1' },
          rebuild: { keyNames: ['ops'] },
        },
        options,
      ),
  },
] satisfies { name: string; ask: (client: ReimageClient, options: object) => Promise<unknown> }[];

describe('a question to a worker', () => {
  for (const { name, ask } of QUESTIONS) {
    it(`${name}: while JD Cloud does not answer the worker says so, and ends with the signal`, async (t) => {
      const { taskQueue } = await startTestWorker(t, { cloud: AWAY });
      const client = await clientOf(t, taskQueue);
      const { told, options, interrupt } = listener();
      const asking = ask(client, options);
      await Promise.race([asking, eventually('it is told', () => told.length > 0)]);
      assert.match(told[0]?.lastError ?? '', /attempt \d.*ECONNREFUSED/);
      assert.ok(told[0]?.until);
      interrupt();
      await assert.rejects(asking, /^Error: enough$/);
      await eventually('nothing is left running', async () => (await openRuns(client)) === 0);
    });
  }

  for (const { name, ask } of QUESTIONS) {
    it(`${name}: while JD Cloud takes a call and says nothing, names the call, before that fails`, async (t) => {
      const { taskQueue } = await startTestWorker(t, { cloud: await hungCloud(t) });
      const client = await clientOf(t, taskQueue);
      const { told, options, interrupt } = listener();
      const asking = ask(client, options);
      const says = /^attempt \d+: describe\w+ .*has had no answer since 2.*Z$/;
      await Promise.race([
        asking,
        eventually('it is told', () => told.some((each) => says.test(each.lastError ?? ''))),
      ]);
      interrupt();
      await assert.rejects(asking, /^Error: enough$/);
    });
  }

  it('says how long it goes on: without a worker as long as one is waited for, and with one as long as it may take', async (t) => {
    const nobody = listener();
    const untaken = (await clientOf(t)).plan(requestFor(uniqueVmId()), { ...nobody.options, workerTimeoutMs: 20_000 });
    const { taskQueue } = await startTestWorker(t, { cloud: await hungCloud(t) });
    const taken = listener();
    const atWork = (await clientOf(t, taskQueue)).plan(requestFor(uniqueVmId()), taken.options);
    const spans = async ({ told }: typeof nobody, asking: Promise<unknown>) => {
      await Promise.race([asking, eventually('it is told', () => told.length > 0)]);
      return (Date.parse(told[0]?.until ?? '') - Date.parse(told[0]?.since ?? '')) / 1000;
    };

    assert.deepEqual([await spans(nobody, untaken), await spans(taken, atWork)], [20, 300]);
    for (const { interrupt } of [nobody, taken]) interrupt();
    for (const asking of [untaken, atWork]) await assert.rejects(asking, /^Error: enough$/);
  });

  it('names the worker that is at it, while JD Cloud takes the call and says nothing', async (t) => {
    const { taskQueue } = await startTestWorker(t, { cloud: await hungCloud(t) });
    const client = await clientOf(t, taskQueue);
    const { told, options, interrupt } = listener();
    const asking = client.plan(requestFor(uniqueVmId()), options);
    await Promise.race([asking, eventually('it is told', () => told.length > 0)]);
    assert.match(
      told[0]?.lastError ?? '',
      /attempt 1 of planRebuild runs since 2.*Z on \d+@.*, and nothing has failed yet/,
    );
    interrupt();
    await assert.rejects(asking, /^Error: enough$/);
  });

  it('says that no worker polls, and as much when it gives up', async (t) => {
    const client = await clientOf(t);
    const { told, options, interrupt } = listener();
    const asking = client.plan(requestFor(uniqueVmId()), { ...options, workerTimeoutMs: 600_000 });
    await Promise.race([asking, eventually('it is told', () => told.length > 0)]);
    assert.equal(told[0]?.lastError, `no worker polls task queue ${client.taskQueue}`);
    interrupt();
    await assert.rejects(asking, /^Error: enough$/);
    await assert.rejects(client.plan(requestFor(uniqueVmId()), { workerTimeoutMs: 1 }), (error) => {
      assert.ok(error instanceof ReimageError);
      assert.match(error.message, /: no worker polls task queue silence-.*\. Nothing was touched\.$/);
      return true;
    });
  });
});

describe('every call of the library', () => {
  it('ends at once with a signal that was aborted before', async (t) => {
    const client = await clientOf(t);
    const vm = { regionId: 'cn-north-1', instanceId: uniqueVmId() };
    const signal = AbortSignal.abort(new Error('enough'));
    const who = { by: 'ana', reason: 'why' };
    const fleet = { fleetId: 'web', regionId: 'cn-north-1' };
    const { fleets, schedules } = client;
    const calls = [
      client.start(requestFor(vm.instanceId), { signal }),
      client.plan(requestFor(vm.instanceId), { signal }),
      client.get(vm, { signal }),
      client.findByRequestId(vm, 'r', { signal }),
      client.wait(vm, { signal }),
      client.cancel(vm, { signal }),
      client.decide(vm, { decision: 'accept', ...who }, { signal }),
      client.planRollback(vm, { keyNames: ['ops'], requestedBy: 'ana' }, { signal }),
      client.rollback(vm, { keyNames: ['ops'], requestedBy: 'ana' }, { signal }),
      client.list({}, { signal }),
      client.listBackups({ regionId: 'cn-north-1' }, { signal }),
      client.pruneBackups({ regionId: 'cn-north-1', keep: 3, dryRun: true }, { signal }),
      client.freeze(who, { signal }),
      client.unfreeze(who, { signal }),
      client.frozen({ signal }),
      client.countKeys({ signal }),
      fleets.readPlan('plan-fleet:cn-north-1:web:1', { signal }),
      fleets.get(fleet, { signal }),
      fleets.list({}, { signal }),
      fleets.wait(fleet, { signal }),
      fleets.members(fleet, {}, { signal }),
      fleets.phases(fleet, { signal }),
      fleets.pause(fleet, who, { signal }),
      fleets.planRetry(fleet, { signal }),
      fleets.planRollback(fleet, { signal }),
      fleets.report(fleet, { signal }),
      schedules.list({ signal }),
      schedules.describe('web', { signal }),
      schedules.pause('web', who, { signal }),
      schedules.trigger('web', who, { signal }),
      schedules.delete('web', { signal }),
      schedules.next('web', 1, { signal }),
    ];
    const ends = await Promise.allSettled(calls);
    const reasons = ends.map((end) => (end.status === 'rejected' ? String(end.reason) : 'was answered'));
    assert.deepEqual(
      reasons,
      calls.map(() => 'Error: enough'),
    );
    assert.equal(await client.frozen(), null);
  });
});
