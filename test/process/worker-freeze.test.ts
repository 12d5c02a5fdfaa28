import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { region, vm } from '../../simulator/model/builders.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { defer } from '../fixtures/defer.js';
import { eventually } from '../fixtures/eventually.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { testTemporal } from '../fixtures/temporal-env.js';
import { startRebuild } from '../fixtures/worker.js';
import { startWorkerProcess } from './worker-process.js';

/** A command that takes a password, and freezes the worker that hands it the first one: a frozen one hands over nothing. */
const freezingSink = (path: string) => `
  const { appendFileSync, existsSync, readFileSync } = require('node:fs');
  const password = readFileSync(0, 'utf8');
  if (!existsSync('${path}')) process.kill(process.ppid, 'SIGSTOP');
  appendFileSync('${path}', password + '\\n');`;

/*
 * What keeps a frozen attempt from sending late: its read times out at the thaw, since a call's deadline is shorter than
 * the heartbeat timeout after which another attempt begins.
 */
describe('a worker that freezes', { concurrency: true }, () => {
  it('in its checks, and wakes after another has rebuilt the VM, does not send its own call', async (t) => {
    const instanceId = uniqueVmId();
    // A VM that ends stopped: JD Cloud would take another rebuild of it.
    const cloud = await startSimulator({ compress: 100, state: region({ vms: [vm(instanceId, 'stopped')] }) });
    defer(t, () => cloud.close());
    const { client, settings } = await testTemporal(t);
    const where = { cloud, address: settings.address, taskQueue: `test-${randomUUID()}` };
    const frozen = await startWorkerProcess(t, where);
    // Images are read last: the first time to validate, the second right before the call.
    cloud.addFault({ operation: 'describeImages', skip: 1, kind: { delayMs: 2_000, when: 'before' } });
    const handle = await startRebuild(client, where.taskQueue, requestFor(instanceId));
    await eventually('it reads the image', () => cloud.journal.calls({ operation: 'describeImages' }).length === 2);

    frozen.signal('SIGSTOP');
    await startWorkerProcess(t, where);
    const result = await outcomeOf(handle);
    assert.equal(result.outcome, 'done', result.failure?.message);
    frozen.signal('SIGCONT');
    frozen.signal('SIGTERM');
    assert.equal(await frozen.ended, 0, frozen.output());

    assert.equal(cloud.journal.calls({ operation: 'rebuildInstance', instanceId }).length, 1);
    assert.equal(cloud.journal.effective('rebuildInstance', instanceId), 1);
  });

  it('while a generated password is handed over does not send it, and the last one handed over is in effect', async (t) => {
    const instanceId = uniqueVmId();
    const directory = await mkdtemp(join(tmpdir(), 'reimage-sink-'));
    defer(t, () => rm(directory, { recursive: true }));
    const [program, path] = [join(directory, 'sink.cjs'), join(directory, 'taken')];
    await writeFile(program, freezingSink(path));
    const taken = async () => (await readFile(path, 'utf8').catch(() => '')).split('\n').slice(0, -1);
    const cloud = await startSimulator({ compress: 100, state: region({ vms: [vm(instanceId, 'stopped')] }) });
    defer(t, () => cloud.close());
    const { client, settings } = await testTemporal(t);
    const where = { cloud, address: settings.address, taskQueue: `test-${randomUUID()}` };
    const frozen = await startWorkerProcess(t, where);
    const passwordRef = `generate:exec:${process.execPath} ${program}`;
    const handle = await startRebuild(client, where.taskQueue, requestFor(instanceId, { keyNames: [], passwordRef }));
    await eventually('the first worker is frozen', async () => (await taken()).length === 1);

    await startWorkerProcess(t, where);
    const result = await outcomeOf(handle);
    assert.equal(result.outcome, 'done', result.failure?.message);
    frozen.signal('SIGCONT');
    frozen.signal('SIGTERM');
    assert.equal(await frozen.ended, 0, frozen.output());

    assert.equal(cloud.journal.calls({ operation: 'rebuildInstance', instanceId }).length, 1);
    const [first, second = '', ...more] = await taken();
    assert.deepEqual([first === second, more], [false, []]);
    assert.equal(cloud.vm(instanceId).passwordSha256, createHash('sha256').update(second).digest('hex'));
  });
});
