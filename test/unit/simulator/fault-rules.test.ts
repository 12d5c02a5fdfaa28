import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { region, vm } from '../../../simulator/model/builders.js';
import type { FaultRule } from '../../../simulator/model/fault-rule.js';
import type { Simulator } from '../../../simulator/start-simulator.js';
import { act, call } from './support/signed-call.js';
import { simulatorFor } from './support/simulator-for-test.js';

const state = region({ vms: [vm('i-1', 'running'), vm('i-2', 'running')] });
const FAIL = { status: 500 } as const;

async function statuses(simulator: Simulator, path: string, count: number): Promise<number[]> {
  const answers = [];
  for (let made = 0; made < count; made++) answers.push((await call(simulator, { path })).status);
  return answers;
}

const ROWS: readonly { name: string; rules: FaultRule[]; answers: readonly number[] }[] = [
  { name: 'strikes once by default', rules: [{ operation: 'describeInstance', kind: FAIL }], answers: [500, 200, 200] },
  {
    name: 'strikes `times` times',
    rules: [{ operation: 'describeInstance', times: 2, kind: FAIL }],
    answers: [500, 500, 200],
  },
  {
    name: 'strikes always',
    rules: [{ operation: 'describeInstance', times: 'always', kind: FAIL }],
    answers: [500, 500, 500],
  },
  {
    name: 'lets `skip` calls pass first',
    rules: [{ operation: 'describeInstance', skip: 1, kind: FAIL }],
    answers: [200, 500, 200],
  },
  { name: 'strikes every operation by *', rules: [{ operation: '*', kind: FAIL }], answers: [500, 200, 200] },
  { name: 'strikes no other operation', rules: [{ operation: 'stopInstance', kind: FAIL }], answers: [200, 200, 200] },
  {
    name: 'strikes no other VM',
    rules: [{ operation: 'describeInstance', instanceId: 'i-2', kind: FAIL }],
    answers: [200, 200, 200],
  },
  {
    name: 'strikes the VM',
    rules: [{ operation: 'describeInstance', instanceId: 'i-1', kind: FAIL }],
    answers: [500, 200, 200],
  },
  { name: 'strikes never at rate 0', rules: [{ operation: '*', rate: 0, kind: FAIL }], answers: [200, 200, 200] },
  { name: 'strikes always at rate 1', rules: [{ operation: '*', rate: 1, kind: FAIL }], answers: [500, 500, 500] },
  {
    name: 'strikes at most `times` at a rate',
    rules: [{ operation: '*', rate: 1, times: 1, kind: FAIL }],
    answers: [500, 200, 200],
  },
  {
    name: 'comes after the rules before it are used up',
    rules: [
      { operation: 'describeInstance', kind: FAIL },
      { operation: 'describeInstance', kind: { status: 503 } },
    ],
    answers: [500, 503, 200],
  },
];

describe('a fault rule', () => {
  for (const { name, rules, answers } of ROWS) {
    it(name, async (t) => {
      const simulator = await simulatorFor(t, { state, faults: rules });
      assert.deepEqual(await statuses(simulator, '/instances/i-1', 3), answers);
    });
  }

  it('for a VM strikes a list that names it', async (t) => {
    const simulator = await simulatorFor(t, { state });
    simulator.addFault({ operation: 'describeInstanceStatus', instanceId: 'i-1', times: 'always', kind: FAIL });
    const ask = (id: string) =>
      call(simulator, {
        path: '/instanceStatus',
        query: [
          ['filters.1.name', 'instanceId'],
          ['filters.1.values.1', 'i-9'],
          ['filters.1.values.2', id],
        ],
      });

    assert.deepEqual([(await ask('i-1')).status, (await ask('i-2')).status], [500, 200]);
  });

  it('draws by its seed: the same seed strikes the same calls, another seed others', async (t) => {
    const draws = [];
    for (const seed of [7, 7, 8]) {
      const simulator = await simulatorFor(t, { state, faults: [{ operation: '*', rate: 0.5, seed, kind: FAIL }] });
      draws.push((await statuses(simulator, '/instances/i-1', 40)).join(' '));
    }
    const struck = draws[0]?.match(/500/g)?.length ?? 0;

    assert.equal(draws[0], draws[1]);
    assert.notEqual(draws[0], draws[2]);
    assert.ok(struck > 8 && struck < 32, `struck ${struck} of 40`);
  });

  it('is taken off by clearFaults', async (t) => {
    const simulator = await simulatorFor(t, { state, faults: [{ operation: '*', times: 'always', kind: FAIL }] });
    simulator.clearFaults();

    assert.deepEqual(await statuses(simulator, '/instances/i-1', 1), [200]);
  });

  it('of an outcome is not used up by a refused call', async (t) => {
    const simulator = await simulatorFor(t, {
      state,
      faults: [{ operation: 'stopInstance', kind: { outcome: 'error' } }],
    });
    simulator.act.setStatus('i-1', 'stopped');
    assert.equal((await act(simulator, 'i-1', 'stopInstance')).status, 400);
    await act(simulator, 'i-2', 'stopInstance');
    await simulator.waitFor(() => simulator.vm('i-2').status === 'error');
  });

  it('of an outcome for * strikes only operations that know the outcome', async (t) => {
    const simulator = await simulatorFor(t, { state, faults: [{ operation: '*', kind: { outcome: 'stays-old' } }] });
    await act(simulator, 'i-1', 'stopInstance');
    await simulator.waitFor(() => simulator.vm('i-1').status === 'stopped');
    await act(simulator, 'i-1', 'rebuildInstance', { imageInherit: 'yes' });

    assert.deepEqual(
      simulator.journal.calls().map(({ fault }) => fault),
      [null, 'outcome stays-old'],
    );
  });

  const malformed: readonly { rule: FaultRule; says: RegExp }[] = [
    { rule: { operation: 'rebuildInstances', kind: FAIL }, says: /must be \* or one of/ },
    { rule: { operation: 'startInstance', kind: { outcome: 'stays-old' } }, says: /is no outcome of this operation/ },
    { rule: { operation: '*', rate: 2, kind: FAIL }, says: /must be at most 1\b/ },
    { rule: { operation: '*', kind: { status: 200 } }, says: /must be at least 400\b/ },
  ];
  for (const { rule, says } of malformed) {
    it(`is refused at once when malformed: ${says.source}`, async (t) => {
      const simulator = await simulatorFor(t, { state });
      assert.throws(() => simulator.addFault(rule), says);
    });
  }
});
