import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OTHER_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import type { FaultRule } from '../../../simulator/model/fault-rule.js';
import type { SimulatorOptions } from '../../../simulator/start-simulator.js';
import { act, call, gist } from './support/signed-call.js';
import { simulatorFor } from './support/simulator-for-test.js';

const ID = 'i-aaaaaaaaaa';

interface Row {
  readonly operation: 'stopInstance' | 'startInstance' | 'rebootInstance' | 'rebuildInstance' | 'deleteInstance';
  readonly outcome: Extract<FaultRule['kind'], { outcome: unknown }>['outcome'];
  readonly assumptions?: SimulatorOptions['assumptions'];
  readonly from: 'running' | 'stopped';
  readonly path: readonly string[];
  /** Whether the new image is on the VM at the end; absent when the VM is gone or it does not matter. */
  readonly rebuilt?: boolean;
}

const ROWS: readonly Row[] = [
  { operation: 'stopInstance', outcome: 'error', from: 'running', path: ['stopping', 'error'] },
  { operation: 'stopInstance', outcome: 'reverts', from: 'running', path: ['stopping', 'running'] },
  { operation: 'stopInstance', outcome: 'disappears', from: 'running', path: ['stopping', 'deleted'] },
  { operation: 'startInstance', outcome: 'error', from: 'stopped', path: ['starting', 'error'] },
  { operation: 'startInstance', outcome: 'reverts', from: 'stopped', path: ['starting', 'stopped'] },
  { operation: 'startInstance', outcome: 'disappears', from: 'stopped', path: ['starting', 'deleted'] },
  { operation: 'rebootInstance', outcome: 'error', from: 'running', path: ['rebooting', 'error'] },
  { operation: 'rebootInstance', outcome: 'disappears', from: 'running', path: ['rebooting', 'deleted'] },
  { operation: 'rebuildInstance', outcome: 'error', from: 'stopped', path: ['rebuilding', 'error'], rebuilt: false },
  {
    operation: 'rebuildInstance',
    outcome: 'stays-old',
    from: 'stopped',
    path: ['rebuilding', 'stopped'],
    rebuilt: false,
  },
  {
    operation: 'rebuildInstance',
    outcome: 'stays-old',
    assumptions: { imageIdChanges: 'acceptance', diskIdChanges: 'acceptance' },
    from: 'stopped',
    path: ['rebuilding', 'stopped'],
    rebuilt: false,
  },
  {
    operation: 'rebuildInstance',
    outcome: 'comes-back-running',
    from: 'stopped',
    path: ['rebuilding', 'running'],
    rebuilt: true,
  },
  { operation: 'rebuildInstance', outcome: 'disappears', from: 'stopped', path: ['rebuilding', 'deleted'] },
  { operation: 'rebuildInstance', outcome: 'fails', from: 'stopped', path: ['rebuilding', 'error'], rebuilt: false },
  {
    operation: 'rebuildInstance',
    outcome: 'fails',
    assumptions: { failedRebuildLeaves: 'stopped' },
    from: 'stopped',
    path: ['rebuilding', 'stopped'],
    rebuilt: false,
  },
  { operation: 'deleteInstance', outcome: 'error', from: 'stopped', path: ['deleting', 'error'] },
  { operation: 'deleteInstance', outcome: 'reverts', from: 'stopped', path: ['deleting', 'stopped'] },
];

describe('an outcome', () => {
  it('stays-old of rebuildInstance onto the image that the VM has leaves the disk, with what the call wrote down', async (t) => {
    const faults = [{ operation: 'rebuildInstance', kind: { outcome: 'stays-old' } }] as const;
    const simulator = await simulatorFor(t, { state: region({ vms: [vm(ID, 'stopped')] }), faults: [...faults] });
    const { imageId, systemDisk } = simulator.vm(ID);
    const metadata = [{ key: 'reimage-operation', value: 'op-1' }];
    assert.equal(gist(await act(simulator, ID, 'rebuildInstance', { imageId, imageInherit: 'yes', metadata })), '200');
    await simulator.waitFor(({ journal }) => journal.changes({ to: 'stopped' }).length === 1, 20_000);

    const after = simulator.vm(ID);
    assert.deepEqual([after.imageId, after.systemDisk, after.metadata], [imageId, systemDisk, metadata]);
  });

  for (const { operation, outcome, assumptions = {}, from, path, rebuilt } of ROWS) {
    it(`${outcome} of ${operation} ${JSON.stringify(assumptions)}: ${[from, ...path].join(' -> ')}`, async (t) => {
      const simulator = await simulatorFor(t, {
        state: region({ vms: [vm(ID, from)] }),
        assumptions,
        faults: [{ operation, kind: { outcome } }],
      });
      const { imageId, systemDisk } = { ...simulator.vm(ID) };
      const body = operation === 'rebuildInstance' ? { imageId: OTHER_IMAGE_ID, imageInherit: 'yes' } : {};
      const answer =
        operation === 'deleteInstance'
          ? await call(simulator, { method: 'DELETE', path: `/instances/${ID}` })
          : await act(simulator, ID, operation, body);
      await simulator.waitFor(({ journal }) => journal.changes().length >= 1);
      await call(simulator, { path: '/instances' });
      await simulator.waitFor(({ journal }) => journal.changes().length === path.length);

      assert.equal(gist(answer), '200');
      assert.deepEqual(
        simulator.journal.changes().map(({ to }) => to),
        path,
      );
      assert.equal(simulator.journal.calls()[0]?.fault, `outcome ${outcome}`);
      if (rebuilt === undefined) return;
      assert.equal(simulator.vm(ID).imageId, rebuilt ? OTHER_IMAGE_ID : imageId);
      assert.equal(simulator.vm(ID).systemDisk?.diskId !== systemDisk?.diskId, rebuilt);
    });
  }

  for (const path of ['/instances', `/instances/${ID}`, '/instances:describeBriefInstances'])
    it(`that leaves the VM as it was shows it on the way to who polls ${path}, however late`, async (t) => {
      const simulator = await simulatorFor(t, {
        state: region({ vms: [vm(ID, 'stopped'), vm('i-other', 'stopped')] }),
        faults: [{ operation: 'startInstance', instanceId: ID, kind: { outcome: 'reverts' } }],
      });
      await act(simulator, ID, 'startInstance');
      await act(simulator, 'i-other', 'startInstance');
      await simulator.waitFor(() => simulator.vm('i-other').status === 'running');
      assert.equal(simulator.vm(ID).status, 'starting', 'its time is over too');

      assert.match(JSON.stringify(await call(simulator, { path })), /starting/);
      await simulator.waitFor(() => simulator.vm(ID).status === 'stopped');
    });

  for (const { operation, from, passing, end } of [
    { operation: 'stopInstance', from: 'running', passing: 'stopping', end: 'stopped' },
    { operation: 'startInstance', from: 'stopped', passing: 'starting', end: 'running' },
    { operation: 'rebuildInstance', from: 'stopped', passing: 'rebuilding', end: 'stopped' },
  ]) {
    it(`stuck of ${operation} stays ${passing} until it is released`, async (t) => {
      const simulator = await simulatorFor(t, {
        state: region({ vms: [vm(ID, from), vm('i-other', from)] }),
        faults: [{ operation, instanceId: ID, kind: { outcome: 'stuck' } }],
      });
      for (const id of [ID, 'i-other']) await act(simulator, id, operation, { imageInherit: 'yes' });
      await simulator.waitFor(() => simulator.vm('i-other').task === null);
      assert.equal(simulator.vm(ID).status, passing);
      simulator.act.release(ID);

      assert.equal(simulator.vm(ID).status, end);
      assert.equal(simulator.vm(ID).task, null);
    });
  }

  for (const { outcome, end } of [
    { outcome: 'error', end: 'error' },
    { outcome: 'disappears', end: 'deleted' },
  ] as const) {
    it(`${outcome} of createImage: the image ends ${end}, the VM is free again`, async (t) => {
      const simulator = await simulatorFor(t, {
        state: region({ vms: [vm(ID, 'running')] }),
        faults: [{ operation: 'createImage', kind: { outcome } }],
      });
      await act(simulator, ID, 'createImage', { name: 'backup' });
      await simulator.waitFor(({ journal }) => journal.changes({ to: end }).length === 1);

      assert.equal(simulator.vm(ID).status, 'running');
      assert.equal(simulator.vm(ID).task, null);
    });
  }
});
