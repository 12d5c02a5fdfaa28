import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { checkTemporal } from '../../../client/cli/commands/doctor/check-temporal.js';
import { ReimageClient } from '../../../client/index.js';
import { eventually } from '../../fixtures/eventually.js';
import { testTemporal } from '../../fixtures/temporal-env.js';
import { startStandInWorker } from '../stand-in/worker.js';

describe('doctor on Temporal', () => {
  it('finds server, namespace, search attributes and a worker that polls', async (t) => {
    const { client, nativeConnection } = await testTemporal(t);
    const taskQueue = `doctor-${randomUUID()}`;
    const connect = () => ReimageClient.connect({ client, taskQueue });
    const without = await checkTemporal(connect, () => new Date());
    assert.deepEqual(
      without.map(({ name, status, because }) => [name, status, because]),
      [
        ['temporal', 'ok', undefined],
        ['search attributes', 'ok', undefined],
        ['worker', 'fail', 'unreachable'],
      ],
    );
    assert.match(without[2]?.mend ?? '', /reimage worker/);

    await startStandInWorker(t, nativeConnection, taskQueue);
    // A poll that has just begun shows a moment later.
    await eventually('the worker is seen', async () => {
      const [, , worker] = await checkTemporal(connect, () => new Date());
      return worker?.status === 'ok';
    });
    const later = new Date(Date.now() + 120_000);
    const [, , gone] = await checkTemporal(connect, () => later);
    assert.deepEqual([gone?.status, /more than a minute ago/.test(gone?.message ?? '')], ['warn', true]);
  });

  it('names a namespace that does not exist', async (t) => {
    const { settings } = await testTemporal(t);
    const env = { TEMPORAL_ADDRESS: settings.address, TEMPORAL_NAMESPACE: 'nowhere' };
    const [check] = await checkTemporal(
      () => ReimageClient.connect({ env }),
      () => new Date(),
    );
    assert.equal(check?.status, 'fail');
    assert.match(check?.message ?? '', /nowhere/);
  });
});
