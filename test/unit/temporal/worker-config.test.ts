import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkSettleTime, readWorkerConfig } from '../../../temporal/worker/config.js';

describe('settings of a worker', () => {
  it('given none, then the defaults hold', () => {
    assert.deepEqual(readWorkerConfig({}), {
      taskQueue: 'reimage',
      http: null,
      logLevel: 'info',
      limits: { maxCachedWorkflows: 600, maxConcurrentActivities: 500, maxConcurrentWorkflowTasks: 40 },
      callsPerMinute: 600,
      shutdownGraceMs: 40_000,
      pollIntervalMs: 5_000,
      settleMs: 60_000,
    });
  });

  it('given each of them, then each is taken', () => {
    const config = readWorkerConfig({
      REIMAGE_TASK_QUEUE: 'blue',
      REIMAGE_METRICS_PORT: '9464',
      REIMAGE_METRICS_HOST: '0.0.0.0',
      REIMAGE_LOG_LEVEL: 'debug',
      REIMAGE_MAX_CACHED_WORKFLOWS: '7',
      REIMAGE_MAX_CONCURRENT_ACTIVITIES: '8',
      REIMAGE_MAX_CONCURRENT_WORKFLOW_TASKS: '9',
      REIMAGE_CALLS_PER_MINUTE: '60',
      REIMAGE_TASK_QUEUE_ACTIVITIES_PER_SECOND: '11',
      REIMAGE_SHUTDOWN_GRACE_SECONDS: '61',
      REIMAGE_POLL_INTERVAL_MS: '100',
      REIMAGE_SETTLE_MS: '180000',
    });

    assert.deepEqual(config, {
      taskQueue: 'blue',
      http: { host: '0.0.0.0', port: 9464 },
      logLevel: 'debug',
      limits: {
        maxCachedWorkflows: 7,
        maxConcurrentActivities: 8,
        maxConcurrentWorkflowTasks: 9,
        taskQueueActivitiesPerSecond: 11,
      },
      callsPerMinute: 60,
      shutdownGraceMs: 61_000,
      pollIntervalMs: 100,
      settleMs: 180_000,
    });
  });

  it('given an empty variable, then it counts as absent', () => {
    assert.equal(readWorkerConfig({ REIMAGE_TASK_QUEUE: '', REIMAGE_POLL_INTERVAL_MS: '' }).taskQueue, 'reimage');
  });

  it('given 0 for a cap or a limit, then there is none', () => {
    const config = readWorkerConfig({ REIMAGE_CALLS_PER_MINUTE: '0', REIMAGE_TASK_QUEUE_ACTIVITIES_PER_SECOND: '0' });

    assert.equal(config.callsPerMinute, null);
    assert.equal(config.limits.taskQueueActivitiesPerSecond, undefined);
  });

  it('given a cap that a single rebuild would wait for, then it is refused', () => {
    assert.throws(() => readWorkerConfig({ REIMAGE_CALLS_PER_MINUTE: '59' }), /must be 0 for no cap, or at least 60/);
  });

  it('given several problems, then one error lists them all, in one line', () => {
    const env = {
      REIMAGE_POLL_INTERVAL_MS: '99',
      REIMAGE_METRICS_PORT: '-1',
      REIMAGE_SETTLE_MS: '3s',
      REIMAGE_LOG_LEVEL: 'loud',
      REIMAGE_TASK_QEUE: 'x',
    };

    assert.throws(
      () => readWorkerConfig(env),
      (error: Error) => {
        for (const name of Object.keys(env)) assert.match(error.message, new RegExp(`[:;] ${name}: `));
        assert.equal(error.message.split('; ').length, Object.keys(env).length);
        return true;
      },
    );
  });

  for (const settle of ['99', '180001']) {
    it(`given ${settle} to settle, then it is refused`, () => {
      assert.throws(
        () => readWorkerConfig({ REIMAGE_SETTLE_MS: settle }),
        /REIMAGE_SETTLE_MS: must be at (least|most) /,
      );
    });
  }

  for (const endpoint of ['https://vm.jdcloud-api.com', 'http://10.0.0.7:8080', 'http://127.0.0.1.example.com']) {
    it(`given less than 30 s to settle and ${endpoint}, then it is refused`, () => {
      assert.throws(() => checkSettleTime({ settleMs: 29_999 }, endpoint), /^Error: REIMAGE_SETTLE_MS: must be 30000/);
      checkSettleTime({ settleMs: 30_000 }, endpoint);
    });
  }

  for (const endpoint of ['http://127.0.0.1:8080', 'http://localhost:8080/x', 'http://[::1]:8080']) {
    it(`given a simulator at ${endpoint}, then less than 30 s to settle is taken`, () => {
      checkSettleTime({ settleMs: 100 }, endpoint);
    });
  }

  const UNKNOWN = [
    { name: 'REIMAGE_TASK_QEUE', says: /did you mean REIMAGE_TASK_QUEUE\?/ },
    { name: 'REIMAGE_SETTLE_SECONDS', says: /REIMAGE_SETTLE_SECONDS: unknown/ },
    { name: 'REIMAGE_COLOUR', says: /REIMAGE_COLOUR: unknown$/m },
  ];
  for (const { name, says } of UNKNOWN) {
    it(`given ${name}, then it is refused`, () => assert.throws(() => readWorkerConfig({ [name]: '1' }), says));
  }

  for (const name of [
    'REIMAGE_SECRET_ROOT',
    'REIMAGE_CACHE_DIR',
    'REIMAGE_TEMPORAL_UI',
    'REIMAGE_CODEC_KEYS',
    'PATH',
    'TEMPORAL_ADDRESS',
  ]) {
    it(`given ${name}, then it is left to others`, () => {
      assert.deepEqual(readWorkerConfig({ [name]: 'x' }), readWorkerConfig({}));
    });
  }
});
