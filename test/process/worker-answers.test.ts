import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { checkWorkerAnswers } from '../../client/cli/commands/doctor/check-workers.js';
import type { Check } from '../../client/cli/commands/doctor/check.js';
import { ReimageClient } from '../../client/index.js';
import { region } from '../../simulator/model/builders.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { freePort } from '../../temporal/dev-server/dev-server.js';
import { packageVersion } from '../../temporal/package-version.js';
import { codecKeys } from '../fixtures/codec-keys.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { ownNamespace } from '../fixtures/own-namespace.js';
import { startWorkerProcess } from './worker-process.js';

const scope = { after };
const cloud = await startSimulator({ state: region({ vms: [] }) });
defer(scope, () => cloud.close());
const { settings } = await ownNamespace(scope);
const { address, namespace } = settings;
const keysOf = codecKeys();

/** One worker on a task queue of its own, and a doctor that has these keys. */
async function stage(worker: NodeJS.ProcessEnv, ...doctorKeys: string[]) {
  const taskQueue = `asked-${randomUUID()}`;
  const env = { TEMPORAL_NAMESPACE: namespace, ...worker };
  const child = await startWorkerProcess(scope, { cloud, address, taskQueue, env });
  const own = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, REIMAGE_TASK_QUEUE: taskQueue };
  const connect = () => ReimageClient.connect({ env: { ...own, ...(doctorKeys.length > 0 && keysOf(...doctorKeys)) } });
  const ask = () => checkWorkerAnswers(connect, { version: packageVersion(), keys: doctorKeys, now: () => new Date() });
  let checks: Check[] = [];
  // A poll that has just begun shows a moment later.
  await eventually('the worker is seen', async () => (checks = await ask()).length > 0);
  return { child, ask, connect, first: checks };
}

describe('doctor, asking the workers', () => {
  it('tells what a worker is, and one that was killed since as silent, though the server remembers it', async () => {
    const { child, ask, first } = await stage(keysOf('a', 'b'), 'a');
    const [check] = first;
    assert.equal(check?.status, 'ok', check?.message);
    assert.ok(check.message.startsWith(`${child.pid}@`), check.message);
    assert.match(check.message, /reimage \d.*encrypts by key "a", reads "b".*took its credentials \(the environment\)/);

    await child.kill();
    const [gone] = await ask();
    assert.deepEqual([gone?.status, gone?.because], ['fail', 'unreachable']);
    assert.match(gone?.message ?? '', new RegExp(`no answer from ${child.pid}@`));
  });

  it('tells of a worker whose secret key JD Cloud refuses, though that of this machine is good', async () => {
    const { child, first } = await stage({ JDCLOUD_SECRET_KEY: 'wrong' });
    assert.deepEqual([first[0]?.status, first[0]?.because], ['fail', 'refused']);
    assert.match(first[0]?.message ?? '', new RegExp(`${child.pid}@.*is refused by JD Cloud: .*401`));
  });

  it('tells of a worker that does not get through to JD Cloud as that, and not as refused', async () => {
    const { child, first } = await stage({ JDCLOUD_ENDPOINT: `http://127.0.0.1:${await freePort()}` });
    assert.deepEqual([first[0]?.status, first[0]?.because], ['fail', 'unreachable']);
    assert.match(first[0]?.message ?? '', new RegExp(`^${child.pid}@\\S+ does not get through to JD Cloud: `));
    assert.doesNotMatch(first[0]?.message ?? '', /refused by JD Cloud/);
    assert.match(first[0]?.mend ?? '', /JDCLOUD_ENDPOINT/);
  });

  it('tells of a worker without the key by which is encrypted here, which is not ready either', async () => {
    const port = await freePort();
    const { child, first, connect } = await stage({ REIMAGE_METRICS_PORT: String(port) }, 'a');
    assert.deepEqual([first[0]?.status, first[0]?.because], ['fail', 'refused']);
    assert.match(first[0]?.message ?? '', /cannot read key "a".*does not encrypt at all/);
    await using client = await connect();
    assert.equal(client.taskQueue.startsWith('asked-'), true);
    await eventually('it is not ready', async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
      return answer.status === 503 && /key \\"a\\" is not in REIMAGE_CODEC_KEYS/.test(await answer.text());
    });
    assert.match(child.output(), /not ready: what others encrypt cannot be read/);
  });
});
