import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { startSimulator } from '../../simulator/start-simulator.js';
import { freePort } from '../../temporal/dev-server/dev-server.js';
import { packageVersion } from '../../temporal/package-version.js';
import { defer } from '../fixtures/defer.js';
import { testTemporal } from '../fixtures/temporal-env.js';
import { startWorkerProcess } from './worker-process.js';

describe('the line of a worker that is ready', () => {
  it('says what it is and whom it talks to, so that a log alone tells', async (t) => {
    const cloud = await startSimulator();
    defer(t, () => cloud.close());
    const { settings } = await testTemporal(t);
    const [taskQueue, port] = [`test-${randomUUID()}`, await freePort()];
    const env = { REIMAGE_METRICS_PORT: String(port) };
    const worker = await startWorkerProcess(t, { cloud, address: settings.address, taskQueue, env });

    const line =
      worker
        .output()
        .split('\n')
        .find((each) => each.includes('worker is ready')) ?? '';
    const { time, pid, hostname, ...said } = JSON.parse(line) as Record<string, unknown>;

    assert.deepEqual(said, {
      level: 'info',
      version: packageVersion(),
      address: settings.address,
      namespace: 'default',
      taskQueue,
      endpoint: cloud.endpoint,
      http: { host: '127.0.0.1', port },
      encryptedBy: null,
      msg: 'worker is ready',
    });
    assert.ok(typeof time === 'string' && typeof pid === 'number' && typeof hostname === 'string');
  });
});
