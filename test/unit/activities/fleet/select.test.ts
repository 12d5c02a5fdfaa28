import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { MockActivityEnvironment } from '@temporalio/testing';
import { type FleetVms, selectFleetVms } from '../../../../activities/fleet/select.js';
import type { FleetNamespace, ScheduledSelection } from '../../../../activities/runtime/namespace.js';
import { FleetSpec } from '../../../../contracts/fleet/fleet-spec.js';
import { createVmClient } from '../../../../jdcloud/vm-client.js';
import { region, vm } from '../../../../simulator/model/builders.js';
import { startSimulator } from '../../../../simulator/start-simulator.js';
import { SPEC } from '../../client/fleet/fleets.js';

/** The ids of a fleet of these VMs, and its warnings, in a namespace with these schedules. */
async function selectIn(
  t: TestContext,
  visitSchedulesOf: FleetNamespace['visitSchedulesOf'],
  vms: readonly string[] = ['i-a1'],
): Promise<FleetVms> {
  const cloud = await startSimulator({ state: region({ vms: vms.map((id) => vm(id)) }) });
  t.after(() => cloud.close());
  const api = createVmClient({ endpoint: cloud.endpoint, credentials: async () => cloud.credentials });
  t.after(api.close);
  const spec = FleetSpec.parse({ ...SPEC, select: { instanceIds: vms } });
  const select = () => selectFleetVms({ api, namespace: { visitSchedulesOf } }, spec, new AbortController().signal);
  return await new MockActivityEnvironment().run<[], FleetVms, typeof select>(select);
}

const overlapsIn = ({ warnings = [] }: FleetVms) =>
  warnings.filter(({ code }) => code === 'schedules-overlap').map(({ message }) => message);

const scheduleOf = (instanceId: string, number: number): ScheduledSelection => ({
  scheduleId: `nightly-${String(number).padStart(2, '0')}`,
  nextAt: null,
  fleet: { name: `other-${number}`, select: { instanceIds: [instanceId] } },
});

describe('the VMs of a fleet', () => {
  it('are told, with a warning, where the schedules of the namespace cannot be looked at', async (t) => {
    const { instanceIds, warnings } = await selectIn(t, () => Promise.reject(new Error('permission denied')));

    assert.deepEqual(instanceIds, ['i-a1']);
    assert.deepEqual(warnings, [
      {
        code: 'schedules-overlap',
        message: 'Schedules may mean the same VMs: Nobody could tell which schedules there are: permission denied',
      },
    ]);
  });

  it('are told with the first of many schedules that select them, in one order, and with how many more do', async (t) => {
    const schedules = Array.from({ length: 25 }, (_, number) => scheduleOf('i-a1', number));
    const told = overlapsIn(
      await selectIn(t, async (_regionId, visit) => {
        for (const schedule of schedules.toReversed()) visit(schedule);
        return { found: 25, read: 25 };
      }),
    );

    assert.equal(told.length, 21);
    assert.match(
      told[0] ?? '',
      /^The schedule nightly-00 selects 1 VM of this plan too: i-a1\. It does not fire again/,
    );
    assert.match(told[19] ?? '', /^The schedule nightly-19 /);
    assert.equal(told[20], 'So it is with 5 more schedules.');
  });

  it('are told with how many schedules were not looked at', async (t) => {
    const told = overlapsIn(await selectIn(t, async () => ({ found: 1_205, read: 1_000 })));

    assert.deepEqual(told, [
      'Of 1205 schedules that start fleets only 1000 were looked at: the others may select VMs of this plan too.',
    ]);
  });
});
