import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createValidationActivities, type PlanOptions } from '../../../activities/rebuild/validation-activities.js';
import type { Namespace } from '../../../activities/runtime/namespace.js';
import { DEFAULT_TIMING } from '../../../activities/runtime/time.js';
import type { RebuildPlan } from '../../../contracts/rebuild-plan.js';
import { RebuildRequest } from '../../../contracts/rebuild-request.js';
import { createVmReader } from '../../../jdcloud/reader.js';
import { createVmClient } from '../../../jdcloud/vm-client.js';
import { createSecretReader } from '../../../secrets/secret-reader.js';
import { region, vm } from '../../../simulator/model/builders.js';
import { startSimulator } from '../../../simulator/start-simulator.js';
import { defer } from '../../fixtures/defer.js';
import { requestFor } from '../../fixtures/requests.js';

const FREEZE = { by: 'ann', reason: 'audit', since: '2026-11-24T06:00:00.000Z' };

/** Failures are what is asked for. */
const logger = new DefaultLogger('ERROR');

/** Planning in a namespace that answers like this, told how many calls have gone to JD Cloud before. */
async function setUp(t: TestContext, freeze: (callsBefore: number) => ReturnType<Namespace['freeze']>) {
  const cloud = await startSimulator({ state: region({ vms: [vm('i-a1')] }) });
  defer(t, () => cloud.close());
  const { endpoint, credentials } = cloud;
  const api = createVmClient({ endpoint, credentials: async () => credentials });
  defer(t, () => api.close());
  const activities = createValidationActivities({
    api,
    reader: createVmReader({ api, windowMs: 2 }),
    secrets: createSecretReader({ env: {}, where: 'here' }),
    namespace: { freeze: () => freeze(cloud.journal.calls().length) },
    timing: DEFAULT_TIMING,
  });
  const plan = async (options?: PlanOptions) => {
    const request = RebuildRequest.parse(requestFor('i-a1'));
    const planning = () => activities.planRebuild(request, options);
    const { issues }: RebuildPlan = await new MockActivityEnvironment({}, { logger }).run(planning);
    return issues.map(({ code }) => code);
  };
  return { cloud, plan };
}

describe('planRebuild and a freeze', () => {
  it('asks for the freeze when all else has been read, since it may come meanwhile', async (t) => {
    let callsBefore = 0;
    const { cloud, plan } = await setUp(t, async (calls) => ((callsBefore = calls), FREEZE));

    assert.deepEqual(await plan(), ['frozen']);

    assert.ok(callsBefore > 0);
    assert.equal(callsBefore, cloud.journal.calls().length);
  });

  it('given a rebuild under way, then it asks nobody', async (t) => {
    const { plan } = await setUp(t, () => Promise.reject(new Error('asked')));

    assert.deepEqual(await plan({ isUnderWay: true }), []);
  });

  it('given a namespace that cannot be asked, then there is no plan, and it is worth another try', async (t) => {
    const { plan } = await setUp(t, () => Promise.reject(new Error('14 UNAVAILABLE')));

    await assert.rejects(plan(), { type: 'TemporalUnreachable', nonRetryable: false, message: /14 UNAVAILABLE/ });
  });
});
