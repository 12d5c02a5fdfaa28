import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createDependencies, type DependencyOptions } from '../../../activities/create-dependencies.js';
import { startSimulator } from '../../../simulator/start-simulator.js';
import { defer } from '../../fixtures/defer.js';
import { eventually } from '../../fixtures/eventually.js';
import { NEVER_FROZEN } from '../../fixtures/never-frozen.js';

const REGION = { regionId: 'cn-north-1' };

async function start(t: TestContext, options: Pick<DependencyOptions, 'callsPerMinute' | 'timing'>) {
  const cloud = await startSimulator();
  defer(t, () => cloud.close());
  const { endpoint, credentials } = cloud;
  const jdcloud = { endpoint, credentials: async () => credentials };
  const stopping = new AbortController().signal;
  const dependencies = createDependencies({ jdcloud, env: {}, namespace: NEVER_FROZEN, stopping, ...options });
  defer(t, () => dependencies.close());
  return { cloud, ...dependencies };
}

describe('what a worker is made of', () => {
  it('given a cap on calls, then what all activities call by keeps to it', async (t) => {
    const { cloud, api, limiters } = await start(t, { callsPerMinute: 12 });
    const caller = new AbortController();
    await Promise.all([api.describeInstances(REGION), api.describeQuotas({ ...REGION, resourceTypes: ['image'] })]);

    const third = api.describeInstances(REGION, { signal: caller.signal });
    await eventually('the third waits', () => limiters.waiting().get(REGION.regionId) === 1);

    assert.equal(cloud.journal.calls().length, 2);
    assert.equal(limiters.callsPerMinute, 12);
    caller.abort();
    await assert.rejects(third);
  });

  for (const { name, timing, isTurnedAway } of [
    { name: "JD Cloud's time", timing: {}, isTurnedAway: true },
    { name: 'time that runs a hundred times faster', timing: { throttledDelayMs: 150 }, isTurnedAway: false },
  ]) {
    it(`given ${name} and a long Retry-After, then a call is ${isTurnedAway ? 'turned away' : 'let through'}`, async (t) => {
      const { cloud, api } = await start(t, { timing });
      cloud.addFault({ operation: 'describeInstances', kind: { throttle: true, retryAfterSeconds: 3_600 } });
      await assert.rejects(api.describeInstances(REGION), { name: 'ThrottledError' });

      const next = api.describeInstances(REGION);

      if (isTurnedAway) await assert.rejects(next, /not sent, JD Cloud throttles cn-north-1, .* in 60 s/);
      else await next;
    });
  }
});
