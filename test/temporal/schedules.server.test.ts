import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { temporalScheduleId } from '../../contracts/fleet/fleet-ids.js';
import { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { WORKFLOW } from '../../contracts/names.js';
import { inTurns } from '../../temporal/namespace/runs.js';
import { visitSchedulesOfRegion } from '../../temporal/namespace/schedules.js';
import { eventually } from '../fixtures/eventually.js';
import { ownNamespace } from '../fixtures/own-namespace.js';
import { SPEC } from '../unit/client/fleet/fleets.js';

/** More than a list of schedules is asked for at a time (100), and than were once looked at (200). */
const MANY = 230;

const ask = <T>(question: () => Promise<T>) => question();

describe('the schedules of a region', () => {
  it('are visited to the last, or it is told how many were left out', async (t) => {
    const { client } = await ownNamespace(t);
    const spec = FleetSpec.parse(SPEC);
    const ids = Array.from({ length: MANY }, (_, number) => `nightly-${number}`);
    await inTurns(ids, (scheduleId) =>
      client.schedule.create({
        scheduleId: temporalScheduleId(scheduleId),
        spec: { intervals: [{ every: '30d' }] },
        action: {
          type: 'startWorkflow',
          workflowType: WORKFLOW.scheduledFleet,
          taskQueue: 'nobody',
          args: [{ scheduleId, spec }],
        },
      }),
    );
    const { regionId } = spec;
    const visited = new Set<string>();
    const visit = ({ scheduleId }: { readonly scheduleId: string }) => void visited.add(scheduleId);
    await eventually('the list shows all of them', async () => {
      const { found, read } = await visitSchedulesOfRegion(client, { regionId, visit }, ask);
      assert.equal(read, found);
      return found === MANY;
    });
    assert.deepEqual([...visited].toSorted(), ids.toSorted());

    visited.clear();
    const seen = await visitSchedulesOfRegion(client, { regionId, visit, most: 7 }, ask);
    assert.deepEqual([seen, visited.size], [{ found: MANY, read: 7 }, 7]);

    visited.clear();
    await visitSchedulesOfRegion(client, { regionId: 'cn-south-1', visit }, ask);
    assert.equal(visited.size, 0);
  });
});
