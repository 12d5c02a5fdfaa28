import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createLogger, toTemporalLogger } from '../../../temporal/logger.js';
import { createCallObserver, createMetrics } from '../../../temporal/worker/metrics.js';

function capture(level = 'debug') {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger(level, { write: (line) => lines.push(JSON.parse(line)) });
  return { log, lines };
}

const IN_ACTIVITY = {
  workflowExecution: { workflowId: 'rebuild:cn-north-1:i-1', runId: 'run-1' },
  activityType: 'stopInstance',
  attempt: 3,
};

describe('a line of the log', () => {
  it('given an activity, then it says for which workflow, run, activity and attempt', async () => {
    const { log, lines } = capture();

    await new MockActivityEnvironment(IN_ACTIVITY).run(async () => log.info({ requestId: 'r-1' }, 'stop requested'));
    log.info('outside');

    const { workflowId, runId, activityType, attempt, requestId, msg } = lines[0] ?? {};
    assert.deepEqual(
      { workflowId, runId, activityType, attempt, requestId, msg },
      {
        workflowId: 'rebuild:cn-north-1:i-1',
        runId: 'run-1',
        activityType: 'stopInstance',
        attempt: 3,
        requestId: 'r-1',
        msg: 'stop requested',
      },
    );
    assert.equal(lines[1]?.['workflowId'], undefined);
  });

  it('has the name of its level, an ISO time in UTC, and whole milliseconds', () => {
    const { log, lines } = capture();

    log.warn({ durationMs: 12.3456789 }, 'slow');

    const { level, time, durationMs } = lines[0] ?? {};
    assert.deepEqual([level, durationMs], ['warn', 12]);
    assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('given a failure that was foreseen, then its type and message stand there, and a stack of what was not', () => {
    const { log, lines } = capture();
    const type = 'JdCloudUnavailable';

    log.warn({ err: ApplicationFailure.create({ type, message: 'no answer', cause: new Error('reset') }) }, 'a retry');
    log.warn({ err: new TypeError('a bug') }, 'a retry');

    const [foreseen, bug] = lines.map(({ err }) => err as Record<string, unknown>);
    assert.deepEqual([foreseen?.['type'], foreseen?.['message'], foreseen?.['stack']], [type, 'no answer', undefined]);
    assert.match(String(bug?.['stack']), /TypeError: a bug\n +at /);
  });

  it('given an error of an HTTP client, then message, stack and causes stand there, and no other field', () => {
    const { log, lines } = capture();
    const cause = Object.assign(new Error('socket hang up'), { config: { headers: { authorization: 'hush-1' } } });
    const error = Object.assign(new Error('stopInstance failed', { cause }), { request: { body: 'hush-2' } });

    log.error({ err: error }, 'call failed');

    const text = JSON.stringify(lines);
    assert.ok(text.includes('stopInstance failed') && text.includes('socket hang up'));
    assert.equal(text.includes('hush'), false, text);
  });

  for (const fields of [
    { password: 'hush' },
    { body: { password: 'hush' } },
    { request: { headers: 'hush' } },
    { keys: { secretKey: 'hush' } },
    { sessionToken: 'hush' },
  ]) {
    it(`given ${Object.keys(fields).join()} by mistake, then the value is removed`, () => {
      const { log, lines } = capture();

      log.info(fields, 'oops');

      assert.equal(JSON.stringify(lines).includes('hush'), false);
    });
  }

  it("given a line of Temporal's SDK, then level, fields and error are kept", () => {
    const { log, lines } = capture();
    const logger = toTemporalLogger(log);

    logger.warn('Activity failed', { workflowId: 'w', error: new Error('boom') });
    logger.log('INFO', 'Worker state changed');

    assert.equal(lines[0]?.['level'], 'warn');
    assert.equal(lines[0]?.['workflowId'], 'w');
    assert.match(JSON.stringify(lines[0]?.['err']), /boom/);
    assert.equal(lines[1]?.['level'], 'info');
  });
});

describe('a call of JD Cloud', () => {
  const call = (operation: string, outcome = 'ok', regionId = 'cn-north-1') => {
    return { operation, outcome, regionId, durationMs: 20, requestId: 'r-1' };
  };

  it('given a change, then the line names workflow and request; given a read, then no workflow', async () => {
    const { log, lines } = capture();
    const observe = createCallObserver({ log, metrics: createMetrics() });

    await new MockActivityEnvironment(IN_ACTIVITY).run(async () => {
      observe(call('stopInstance'));
      observe(call('describeInstances'));
      observe(call('describeInstances', 'throttled'));
    });

    assert.deepEqual(
      lines.map(({ level, workflowId, requestId }) => ({ level, workflowId, requestId })),
      [
        { level: 'info', workflowId: 'rebuild:cn-north-1:i-1', requestId: 'r-1' },
        { level: 'debug', workflowId: undefined, requestId: 'r-1' },
        { level: 'warn', workflowId: undefined, requestId: 'r-1' },
      ],
    );
  });

  it('given calls, then each is counted by operation, region and outcome, and timed in seconds', async () => {
    const metrics = createMetrics();
    const observe = createCallObserver({ log: capture().log, metrics });

    observe(call('stopInstance'));
    observe(call('stopInstance', 'busy'));
    observe(call('stopInstance', 'busy'));

    const text = await metrics.read();
    assert.match(text, /^reimage_jdcloud_calls_total\{operation="stopInstance",region="cn-north-1",outcome="ok"\} 1$/m);
    assert.match(
      text,
      /^reimage_jdcloud_calls_total\{operation="stopInstance",region="cn-north-1",outcome="busy"\} 2$/m,
    );
    assert.match(text, /^reimage_jdcloud_call_seconds_sum\{operation="stopInstance"\} 0.06$/m);
  });

  it('given throttled calls, then they are counted by region, and a region that was never throttled shows 0', async () => {
    const metrics = createMetrics();
    const observe = createCallObserver({ log: capture().log, metrics });

    observe(call('stopInstance', 'throttled'));
    observe(call('describeInstances', 'throttled'));
    observe(call('describeInstances', 'ok', 'cn-east-2'));

    const text = await metrics.read();
    assert.match(text, /^reimage_jdcloud_throttled_total\{region="cn-north-1"\} 2$/m);
    assert.match(text, /^reimage_jdcloud_throttled_total\{region="cn-east-2"\} 0$/m);
  });

  const CAPS = [
    { callsPerMinute: 600, shown: '600' },
    { callsPerMinute: null, shown: '+Inf' },
  ];
  for (const { callsPerMinute, shown } of CAPS) {
    it(`given calls that wait and a cap of ${shown}, then the gauges tell both`, async () => {
      const metrics = createMetrics();
      const waiting = new Map([['cn-north-1', 7]]);
      metrics.watchLimiters({ waiting: () => waiting, callsPerMinute });
      await metrics.read();
      waiting.set('cn-north-1', 0).set('cn-east-2', 3);

      const lines = (await metrics.read()).split('\n');

      assert.ok(lines.includes('reimage_jdcloud_gate_waiting{region="cn-north-1"} 0'));
      assert.ok(lines.includes('reimage_jdcloud_gate_waiting{region="cn-east-2"} 3'));
      assert.ok(lines.includes(`reimage_jdcloud_calls_per_minute_cap ${shown}`));
    });
  }

  it('given VMs that are waited for, then the gauge tells their number as it is when asked', async () => {
    const metrics = createMetrics();
    let waiting = 2;
    metrics.watch(() => waiting);
    waiting = 5;

    assert.match(await metrics.read(), /^reimage_waiting_vms 5$/m);
  });
});
