import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import type { WorkflowHandle } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import proto from '@temporalio/proto';
import { ReimageClient } from '../../client/index.js';
import { rebuildWorkflowId } from '../../contracts/ids.js';
import { OTHER_IMAGE_ID, region, vm } from '../../simulator/model/builders.js';
import type { FaultRule } from '../../simulator/model/fault-rule.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { readCodecKeys } from '../../temporal/encryption/codec-keys.js';
import { createPayloadCodec } from '../../temporal/encryption/payload-codec.js';
import { startCli } from '../client/cli/spawn-cli.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { testTemporal } from '../fixtures/temporal-env.js';
import { startWorkerProcess } from '../process/worker-process.js';

/** Words that people or JD Cloud have written; none may be read without the key. */
const NAME = 'ledger-quokka';
const REASON = 'leaked by axolotl';
const SAID = 'pangolin says no';
const WORDS = [NAME, REASON, SAID];

const KEYS = {
  REIMAGE_CODEC_KEYS: 'new=env:REIMAGE_SECRET_NEW,old=env:REIMAGE_SECRET_OLD',
  REIMAGE_SECRET_NEW: randomBytes(32).toString('base64'),
  REIMAGE_SECRET_OLD: randomBytes(32).toString('hex'),
};
const OTHER_KEYS = { REIMAGE_CODEC_KEYS: 'other=env:K', K: randomBytes(32).toString('hex') };
const keys = await readCodecKeys(KEYS, async (ref) =>
  ref === 'env:REIMAGE_SECRET_NEW' ? KEYS.REIMAGE_SECRET_NEW : KEYS.REIMAGE_SECRET_OLD,
);
assert.ok(keys !== null);
const codec = createPayloadCodec(keys);

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

type Env = Readonly<Record<string, string>>;

/** A VM with a name, a worker process with the keys, the library with the keys, and a client of the server without any. */
async function setUp(t: TestContext, faults: readonly FaultRule[], workerKeys: Env = KEYS) {
  const instanceId = uniqueVmId();
  const state = region({ vms: [vm(instanceId, 'running', { instanceName: NAME })] });
  const cloud = await startSimulator({ compress: 100, state, faults: [...faults] });
  defer(t, () => cloud.close());
  const { client, settings } = await testTemporal(t);
  const taskQueue = `test-${randomUUID()}`;
  const startWorker = (keysOfIt: Env) =>
    startWorkerProcess(t, { cloud, address: settings.address, taskQueue, env: keysOfIt });
  const worker = await startWorker(workerKeys);
  const env = { TEMPORAL_ADDRESS: settings.address, REIMAGE_TASK_QUEUE: taskQueue, JDCLOUD_REGION: 'cn-north-1' };
  const encrypted = await ReimageClient.connect({ env: { ...env, ...KEYS } });
  defer(t, () => encrypted.close());
  return {
    cloud,
    encrypted,
    env,
    handle: client.workflow.getHandle(rebuildWorkflowId({ regionId: 'cn-north-1', instanceId })),
    request: requestFor(instanceId, { reason: REASON, imageId: OTHER_IMAGE_ID }),
    worker,
    startWorker,
  };
}

/** Text with every payload in it beside it, as whoever has no key can read it. */
function readable(text: string): string {
  const payloads = [...text.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)].map(([, data = '']) => data);
  return [text, ...payloads.map((data) => Buffer.from(data, 'base64').toString('utf8'))].join('\n');
}

/** What the history of a run shows to whoever has no key, and what its encrypted payloads hold. */
async function lookAt(handle: WorkflowHandle): Promise<{ shown: string; hidden: string; clear: string[] }> {
  const json = historyToJSON(await handle.fetchHistory());
  const payloads: Payload[] = [];
  const clear: string[] = [];
  JSON.parse(json, (key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('metadata' in value)) return value;
    const payload = PayloadMessage.fromObject(value);
    const encoding = Buffer.from(payload.metadata['encoding'] ?? '').toString();
    if (encoding === 'binary/encrypted') payloads.push(payload);
    // Search attributes, which bear their type, are in clear.
    else if (encoding !== '' && payload.metadata['type'] === undefined) clear.push(`${key} ${encoding}`);
    return value;
  });
  const hidden = (await codec.decode(payloads)).map(({ data }) => Buffer.from(data ?? []).toString('utf8')).join('\n');
  return { shown: readable(json), hidden, clear };
}

/** What the server tells of a run under way. */
async function describeRaw({ client, workflowId }: WorkflowHandle): Promise<string> {
  const { namespace } = client.options;
  const answer = await client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId } });
  return readable(JSON.stringify(answer));
}

function assertHides(where: string, text: string, words: readonly string[] = WORDS): void {
  for (const word of words) assert.ok(!text.includes(word), `${where} holds ${JSON.stringify(word)}`);
  assert.doesNotMatch(text, /\bat .*\.[jt]s:\d+/, `${where} holds a stack trace`);
}

describe('a rebuild with REIMAGE_CODEC_KEYS', () => {
  it('that is refused shows nothing to whoever has no key, and all of it to who has', async (t) => {
    const world = await setUp(t, [
      { operation: 'rebuildInstance', kind: { status: 400, code: 'INVALID_ARGUMENT', message: SAID, when: 'before' } },
    ]);
    const { encrypted, handle, request, env } = world;
    const plan = await encrypted.plan(request);
    assert.equal(plan.instanceName, NAME);
    const operation = await encrypted.start(request);
    const result = await encrypted.wait(operation);
    assert.equal(result.failure?.type, 'JdCloudRefused');
    assert.match(result.failure.message, new RegExp(SAID));

    const { shown, hidden, clear } = await lookAt(handle);
    for (const word of WORDS) assert.ok(hidden.includes(word), `the encrypted payloads hold ${word}`);
    assert.match(hidden, /"stack_trace":"[^"]*\bat /);
    assertHides('the history', shown);
    assert.match(shown, /Encoded failure/);
    assert.deepEqual(clear, []);
    assertHides('the description', await describeRaw(handle));

    const seen = await encrypted.get(operation);
    assert.deepEqual([seen.reason, seen.result], [REASON, result]);
    const cli = await startCli(['status', request.instanceId, '--output', 'json'], { ...env, ...KEYS }).ended;
    assert.equal(cli.exitCode, 0, cli.stderr);
    assert.deepEqual(JSON.parse(cli.stdout).result, result);

    await using other = await ReimageClient.connect({ env: { ...env, ...OTHER_KEYS } });
    const lacks = /encrypted by key "new", which REIMAGE_CODEC_KEYS lacks/;
    await assert.rejects(other.wait(operation), lacks);
    const { unreadable, ...rest } = await other.get(operation);
    assert.deepEqual([rest.status, rest.result, rest.reason, unreadable?.keyId], ['failed', null, null, 'new']);
    assert.match(unreadable?.message ?? '', lacks);
    await using none = await ReimageClient.connect({ env });
    await assert.rejects(none.wait(operation), /is encrypted/);
    assert.deepEqual((await none.get(operation)).unreadable, {
      keyId: 'new',
      message: 'What this namespace holds is encrypted.',
    });
  });

  it('tells what goes on under way, and why a deadline has passed, from failures that only the key opens', async (t) => {
    const { encrypted, handle, request } = await setUp(t, [
      { operation: 'describeImages', times: 'always', kind: { status: 503, message: SAID, when: 'before' } },
    ]);
    const operation = await encrypted.start({ ...request, deadlines: { validatingSeconds: 20 } });
    let lastError: string | null = null;
    await eventually('the last error is told', async () => {
      const { progress } = await encrypted.get(operation);
      lastError = progress?.lastError ?? null;
      return lastError !== null;
    });
    assert.match(lastError ?? '', new RegExp(SAID));
    assertHides('the description', await describeRaw(handle));

    const { failure } = await encrypted.wait(operation);
    assert.equal(failure?.type, 'JdCloudUnavailable');
    // Whether the server times the last attempt out or sees that no other would fit is a matter of milliseconds.
    assert.match(failure.message, new RegExp(SAID));
    const { shown } = await lookAt(handle);
    assert.match(shown, /Encoded failure/);
    assertHides('the history', shown);
  });

  it('that is cancelled leaves its result in the memo, which only the key opens', async (t) => {
    const { encrypted, handle, request, cloud } = await setUp(t, [
      { operation: 'stopInstance', kind: { outcome: 'stuck' } },
    ]);
    const operation = await encrypted.start(request);
    await eventually('the heartbeat is told', async () => {
      const { progress } = await encrypted.get(operation);
      return progress?.observedStatus === 'stopping';
    });
    assertHides('the description', await describeRaw(handle));
    await encrypted.cancel(operation);
    cloud.act.release(request.instanceId);

    const result = await encrypted.wait(operation);

    assert.deepEqual([result.outcome, result.reason], ['cancelled', REASON]);
    const { shown, clear } = await lookAt(handle);
    assertHides('the history', shown);
    assert.deepEqual(clear, []);
  });

  it('on a worker with other keys fails its task, touches nothing, and goes on under a worker with the right ones', async (t) => {
    const { encrypted, handle, request, cloud, worker, startWorker } = await setUp(t, [], OTHER_KEYS);
    const operation = await encrypted.start(request);
    await eventually('the task fails', async () => {
      const { events } = await handle.fetchHistory();
      return events?.some(({ workflowTaskFailedEventAttributes: failed }) => failed) ?? false;
    });
    assertHides('the history', readable(historyToJSON(await handle.fetchHistory())));
    const says = /encrypted by key .*new.*, which REIMAGE_CODEC_KEYS lacks/;
    await eventually('the log says why', () => says.test(worker.output()));
    assert.equal(cloud.journal.calls({ instanceId: request.instanceId }).length, 0);
    await worker.kill();

    // For as long as the one with the other keys may still poll, for all that the server knows, it is refused.
    const isStarted = () => startWorker(KEYS).then(Boolean, () => false);
    await eventually('the right worker starts', isStarted, 200_000);

    const result = await encrypted.wait(operation);
    assert.equal(result.outcome, 'done', result.failure?.message);
  });
});
