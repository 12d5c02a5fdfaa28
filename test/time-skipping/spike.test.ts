import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { fleetInput, fleetLane, fleetOutcome, startFleet } from '../workflows/fleet/fleet-lane.js';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import proto from '@temporalio/proto';
const { IndexedValueType } = proto.temporal.api.enums.v1;

describe('spike', () => {
  it('bakes for 3 days', async (t) => {
    const t0 = Date.now();
    const lap = (s: string) => console.error(s, Date.now() - t0);
    const env = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: '/tmp/s6/skip/wrapper' } },
    });
    lap('env');
    try {
      await env.connection.operatorService.addSearchAttributes({
        namespace: 'default',
        searchAttributes: Object.fromEntries(Object.values(SEARCH_ATTRIBUTE).map(({ name }) => [name, IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD])),
      });
      lap('sa');
      const temporal = {
        settings: { address: env.address, namespace: 'default', connectionOptions: { address: env.address } },
        client: env.client,
        nativeConnection: env.nativeConnection,
      };
      const before = await env.currentTimeMs();
      let cleanUp = async () => {};
      const scope = { after: (c: () => Promise<void>) => { cleanUp = c; } };
      const lane = await fleetLane(scope, { size: 3, worker: { temporal } });
      lap('worker');
      const handle = await startFleet(lane, fleetInput(lane, { rollout: { bakeSeconds: 3 * 86_400, maxUnavailable: { fleet: 3 } } , waves: [{name: 'wave-1', size: 2}, {name: 'wave-2', size: 1}]}));
      const result = await fleetOutcome(handle);
      lap('done');
      console.error(result, (await env.currentTimeMs() - before) / 86400_000);
      await cleanUp();
      lap('clean');
      assert.ok(true);
    } finally {
      await env.teardown();
    }
  });
});
