import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { region, vm } from '../../../simulator/model/builders.js';
import { act, call } from './support/signed-call.js';
import { simulatorFor } from './support/simulator-for-test.js';

const ID = 'i-aaaaaaaaaa';
const SECRET = 'Zx9!kT2#mW';
const state = region({ vms: [vm(ID, 'running'), vm('i-bbbbbbbbbb', 'running')] });

describe('journal', () => {
  it('holds calls and changes in the order in which they happened', async (t) => {
    const simulator = await simulatorFor(t, { state });
    await act(simulator, ID, 'stopInstance');
    await simulator.waitFor(() => simulator.vm(ID).status === 'stopped');
    await call(simulator, { path: `/instances/${ID}` });

    const { journal } = simulator;
    assert.deepEqual(
      journal.entries().map((entry) => (entry.kind === 'call' ? entry.operation : entry.to)),
      ['stopInstance', 'stopping', 'stopped', 'describeInstance'],
    );
    assert.deepEqual(
      journal.entries().map(({ seq }) => seq),
      [1, 2, 3, 4],
    );
  });

  it('enters what was asked and answered', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const query = [
      ['filters.1.name', 'status'],
      ['filters.1.values.1', 'running'],
    ] as const;
    const answer = await call(simulator, { path: '/instances', query });

    const { at, ...entry } = simulator.journal.calls()[0] ?? { at: '' };
    assert.ok(Math.abs(Date.now() - Date.parse(at)) < 60_000);
    assert.deepEqual(entry, {
      kind: 'call',
      seq: 1,
      operation: 'describeInstances',
      regionId: 'cn-north-1',
      instanceId: null,
      requestId: answer.json?.requestId,
      params: { 'filters.1.name': 'status', 'filters.1.values.1': 'running' },
      warnings: [],
      httpStatus: 200,
      errorStatus: null,
      errorMessage: null,
      performed: true,
      fault: null,
    });
  });

  it('counts calls that took effect, whatever was answered, for all VMs or one', async (t) => {
    const simulator = await simulatorFor(t, { state });
    simulator.addFault({ operation: 'stopInstance', instanceId: ID, kind: { status: 500, when: 'after' } });
    simulator.addFault({ operation: 'stopInstance', instanceId: 'i-bbbbbbbbbb', kind: { status: 500 } });
    await act(simulator, ID, 'stopInstance');
    await act(simulator, ID, 'stopInstance');
    await act(simulator, 'i-bbbbbbbbbb', 'stopInstance');
    await act(simulator, 'i-bbbbbbbbbb', 'stopInstance');

    const { journal } = simulator;
    assert.equal(journal.calls({ operation: 'stopInstance' }).length, 4);
    assert.equal(journal.effective('stopInstance'), 2);
    assert.equal(journal.effective('stopInstance', ID), 1);
    assert.equal(journal.effective('startInstance'), 0);
    assert.deepEqual(
      journal.calls({ performed: true }).map(({ instanceId, httpStatus }) => [instanceId, httpStatus]),
      [
        [ID, 500],
        ['i-bbbbbbbbbb', 200],
      ],
    );
  });

  it('never holds the password, however its key is written, nor does the control endpoint', async (t) => {
    const simulator = await simulatorFor(t, { state });
    for (const key of ['password', 'Password']) await act(simulator, ID, 'rebuildInstance', { [key]: SECRET });
    simulator.act.setStatus(ID, 'stopped');
    await act(simulator, ID, 'rebuildInstance', { password: SECRET });
    const shown = await Promise.all(
      ['journal', 'state'].map(async (what) => (await fetch(`${simulator.endpoint}/_control/${what}`)).text()),
    );

    assert.equal(simulator.journal.effective('rebuildInstance'), 1);
    assert.equal(simulator.journal.calls()[0]?.params['password'], '(hidden)');
    assert.ok(!JSON.stringify([simulator.journal.entries(), shown]).includes(SECRET));
  });

  it('enters what no operation could be read from', async (t) => {
    const simulator = await simulatorFor(t, { state });
    await fetch(`${simulator.endpoint}/favicon.ico`);

    const [entry] = simulator.journal.calls();
    assert.deepEqual([entry?.operation, entry?.httpStatus, entry?.performed], ['unknown', 404, false]);
  });

  it('is empty after clear, and goes on counting', async (t) => {
    const simulator = await simulatorFor(t, { state });
    await call(simulator, { path: '/instances' });
    simulator.journal.clear();
    await call(simulator, { path: '/instances' });

    assert.deepEqual(
      simulator.journal.entries().map(({ seq }) => seq),
      [2],
    );
  });
});

describe('waitFor', () => {
  it('rejects after its time, telling what it waited for', async (t) => {
    const simulator = await simulatorFor(t, { state });
    await assert.rejects(
      simulator.waitFor(() => false, 1),
      /not true within 1 ms/,
    );
  });

  it('rejects when the predicate throws, as it does for a VM that is gone', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const waiting = simulator.waitFor(() => simulator.vm(ID).status === 'stopped');
    simulator.act.remove(ID);
    await assert.rejects(waiting, /Instance 'i-aaaaaaaaaa' not found/);
  });

  it('rejects when the simulator closes', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const waiting = simulator.waitFor(() => false);
    await Promise.all([assert.rejects(waiting, /was closed/), simulator.close()]);
  });
});
