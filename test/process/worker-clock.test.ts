import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { backupDescription, backupName } from '../../contracts/backup.js';
import type { VmRef } from '../../contracts/ids.js';
import { image, region, vm } from '../../simulator/model/builders.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import { defer } from '../fixtures/defer.js';
import { outcomeOf } from '../fixtures/outcome.js';
import { requestFor, uniqueVmId } from '../fixtures/requests.js';
import { testTemporal } from '../fixtures/temporal-env.js';
import { startRebuild } from '../fixtures/worker.js';
import { startWorkerProcess } from './worker-process.js';

const HOUR_MS = 3_600_000;
const TWO_HOURS_MS = 2 * HOUR_MS;
const DAY_MS = 24 * HOUR_MS;

/** Loaded before the worker's own code: its clock is off by so much. */
function clockOffBy(ms: number): string {
  const code = `const { now } = Date; const D = Date; globalThis.Date = class extends D {
    constructor(...given) { if (given.length === 0) super(now() + ${ms}); else super(...given); }
    static now() { return now() + ${ms}; }
  };`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
}

describe('a worker whose clock is off', { concurrency: true }, () => {
  for (const [name, ms] of [
    ['two hours ahead', TWO_HOURS_MS],
    ['two hours behind', -TWO_HOURS_MS],
  ] as const)
    it(`${name} of JD Cloud and Temporal rebuilds as any other`, async (t) => {
      const instanceId = uniqueVmId();
      const cloud = await startSimulator({ compress: 100, state: region({ vms: [vm(instanceId)] }) });
      defer(t, () => cloud.close());
      const { client, settings } = await testTemporal(t);
      const taskQueue = `test-${randomUUID()}`;
      const env = { NODE_OPTIONS: clockOffBy(ms) };
      await startWorkerProcess(t, { cloud, address: settings.address, taskQueue, env });
      const request = requestFor(instanceId, {
        backup: 'image',
        healthChecks: [{ kind: 'exec', command: ['true'], intervalSeconds: 1, successes: 1 }],
      });
      const result = await outcomeOf(await startRebuild(client, taskQueue, request));

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.equal(cloud.journal.effective('rebuildInstance'), 1);
      assert.ok(
        cloud.journal.calls().some(({ httpStatus }) => httpStatus === 401),
        'JD Cloud refused the date at first',
      );
    });

  for (const [name, days] of [
    ['40 days ahead', 40],
    ['40 days behind', -40],
  ] as const)
    it(`${name} deletes the backups that are too old, and no younger one`, async (t) => {
      // One that nobody else uses: a fleet of another test that does not tell which images it needs keeps them all.
      const of = { regionId: `cn-clock-${days}`, instanceId: uniqueVmId() };
      const { regionId, instanceId } = of;
      const images = [
        image('img-ubuntu2204'),
        backupMade(of, 'img-too-old', 30 * DAY_MS + HOUR_MS),
        backupMade(of, 'img-young', 30 * DAY_MS - HOUR_MS),
      ];
      const cloud = await startSimulator({
        compress: 100,
        state: region({ regionId, vms: [vm(instanceId, 'stopped')], images }),
      });
      defer(t, () => cloud.close());
      const { client, settings } = await testTemporal(t);
      const taskQueue = `test-${randomUUID()}`;
      const env = { NODE_OPTIONS: clockOffBy(days * DAY_MS) };
      await startWorkerProcess(t, { cloud, address: settings.address, taskQueue, env });
      const request = requestFor(instanceId, { regionId, backup: 'image', keepBackups: '30d' });
      const result = await outcomeOf(await startRebuild(client, taskQueue, request));

      assert.equal(result.outcome, 'done', result.failure?.message);
      assert.deepEqual(result.backup?.pruned, ['img-too-old']);
      const deleted = cloud.journal.changes({ to: 'deleted' }).map(({ imageId }) => imageId);
      assert.deepEqual(deleted, ['img-too-old']);
    });
});

/** A backup that Reimage made of a VM so long ago. */
function backupMade(of: VmRef, imageId: string, agoMs: number) {
  const run = { runId: `run-of-${imageId}` };
  const inBeijing = new Date(Date.now() - agoMs + 8 * HOUR_MS).toISOString();
  const createTime = inBeijing.slice(0, 19).replace('T', ' ');
  return image(imageId, { name: backupName(of, run), desc: backupDescription(of, run), createTime });
}
