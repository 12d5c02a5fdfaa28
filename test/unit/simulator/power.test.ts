import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { region, vm } from '../../../simulator/model/builders.js';
import type { VmOverrides } from '../../../simulator/model/region-state.js';
import type { Simulator } from '../../../simulator/start-simulator.js';
import { act, gist } from './support/signed-call.js';
import { simulatorFor } from './support/simulator-for-test.js';

const ID = 'i-aaaaaaaaaa';
const of = (status: string, overrides: VmOverrides = {}) => region({ vms: [vm(ID, status, overrides)] });
const is = (status: string) => (simulator: Simulator) => simulator.vm(ID).status === status;
const disk = (kind: 'local' | 'cloud') => ({
  deviceName: `vd-${kind}`,
  diskCategory: kind,
  diskId: null,
  diskType: 'ssd',
  diskSizeGB: 100,
});

const STARTS: readonly { name: string; overrides: VmOverrides; answer: string }[] = [
  {
    name: 'charge overdue',
    overrides: { chargeStatus: 'overdue' },
    answer: '400 FAILED_PRECONDITION Invalid charge state',
  },
  { name: 'system disk gone', overrides: { systemDisk: null }, answer: '404 NOT_FOUND System disk not found' },
  {
    name: 'system disk detached',
    overrides: { systemDisk: { status: 'detached' } },
    answer: '404 NOT_FOUND Invalid system disk mount state',
  },
];

const STOPS: readonly { name: string; overrides: VmOverrides; body: object; answer: string }[] = [
  {
    name: 'keepCharging on a dedicated host',
    overrides: { dedicatedHostId: 'host-1' },
    body: { chargeOnStopped: 'keepCharging' },
    answer: '400 FAILED_PRECONDITION keepCharging or stopCharging does not applied to dedicated host',
  },
  {
    name: 'stopCharging with a local system disk',
    overrides: { systemDisk: { diskCategory: 'local' } },
    body: { chargeOnStopped: 'stopCharging' },
    answer: '400 FAILED_PRECONDITION stopCharging only applied to cloud system disk',
  },
  {
    name: 'keepCharging where the field does not apply',
    overrides: { systemDisk: { diskCategory: 'local' } },
    body: { chargeOnStopped: 'keepCharging' },
    answer: '400 FAILED_PRECONDITION stopCharging only applied to cloud system disk',
  },
  {
    name: 'stopCharging of a prepaid VM',
    overrides: { chargeMode: 'prepaid_by_duration' },
    body: { chargeOnStopped: 'stopCharging' },
    answer: '400 FAILED_PRECONDITION stopCharging only applied to postpaid by duration',
  },
  {
    name: 'a word that is none',
    overrides: {},
    body: { chargeOnStopped: 'free' },
    answer: '400 INVALID_ARGUMENT Invalid chargeOnStopped',
  },
  { name: 'an empty word', overrides: {}, body: { chargeOnStopped: '' }, answer: '200' },
  { name: 'null, as the Go SDK sends it', overrides: {}, body: { chargeOnStopped: null }, answer: '200' },
];

describe('start', () => {
  for (const { name, overrides, answer } of STARTS) {
    it(`${name}: ${answer}`, async (t) => {
      const simulator = await simulatorFor(t, { state: of('stopped', overrides) });
      assert.equal(gist(await act(simulator, ID, 'startInstance')), answer);
    });
  }
});

describe('stop', () => {
  for (const { name, overrides, body, answer } of STOPS) {
    it(`${name}: ${answer}`, async (t) => {
      const simulator = await simulatorFor(t, { state: of('running', overrides) });
      assert.equal(gist(await act(simulator, ID, 'stopInstance', body)), answer);
      assert.equal(simulator.journal.effective('stopInstance'), answer === '200' ? 1 : 0);
    });
  }

  const stopCharging = { chargeOnStopped: 'stopCharging', dataDisks: [disk('local'), disk('cloud')] } as const;

  it("by the VM's own stopCharging releases resources and wipes local data disks only", async (t) => {
    const simulator = await simulatorFor(t, {
      state: of('running', { ...stopCharging, dataDisks: [...stopCharging.dataDisks] }),
    });
    await act(simulator, ID, 'stopInstance');
    await simulator.waitFor(is('stopped'));

    assert.equal(simulator.vm(ID).resourcesReleased, true);
    assert.deepEqual(
      simulator.vm(ID).dataDisks.map(({ wiped }) => wiped),
      [true, false],
    );
  });

  it('that says keepCharging releases nothing', async (t) => {
    const simulator = await simulatorFor(t, {
      state: of('running', { ...stopCharging, dataDisks: [...stopCharging.dataDisks] }),
    });
    await act(simulator, ID, 'stopInstance', { chargeOnStopped: 'keepCharging' });
    await simulator.waitFor(is('stopped'));

    assert.equal(simulator.vm(ID).chargeOnStopped, 'keepCharging');
    assert.equal(simulator.vm(ID).resourcesReleased, false);
    assert.deepEqual(
      simulator.vm(ID).dataDisks.map(({ wiped }) => wiped),
      [false, false],
    );
  });

  it('of a VM that stopCharging does not apply to releases nothing', async (t) => {
    const overrides = { chargeOnStopped: 'stopCharging', chargeMode: 'prepaid_by_duration' } as const;
    const simulator = await simulatorFor(t, { state: of('running', overrides) });
    await act(simulator, ID, 'stopInstance');
    await simulator.waitFor(is('stopped'));

    assert.equal(simulator.vm(ID).resourcesReleased, false);
  });

  for (const outOfStockOnStart of [true, false]) {
    it(`with resources released, then start: ${outOfStockOnStart ? 'out of stock' : 'accepted'} by outOfStockOnStart`, async (t) => {
      const state = of('running', { chargeOnStopped: 'stopCharging' });
      const simulator = await simulatorFor(t, { state, assumptions: { outOfStockOnStart } });
      await act(simulator, ID, 'stopInstance');
      await simulator.waitFor(is('stopped'));
      const answer = gist(await act(simulator, ID, 'startInstance'));

      assert.equal(
        answer,
        outOfStockOnStart ? "400 FAILED_PRECONDITION InstanceType 'g.n2.large' is out of stock" : '200',
      );
      if (outOfStockOnStart) return;
      await simulator.waitFor(is('running'));
      assert.equal(simulator.vm(ID).resourcesReleased, false);
    });
  }
});
