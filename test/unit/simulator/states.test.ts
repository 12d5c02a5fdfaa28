import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { region, vm } from '../../../simulator/model/builders.js';
import { call, gist } from './support/signed-call.js';
import { FROZEN, simulatorFor } from './support/simulator-for-test.js';

const ID = 'i-aaaaaaaaaa';
const STATUSES = [
  'pending',
  'starting',
  'running',
  'stopping',
  'stopped',
  'rebooting',
  'rebuilding',
  'resizing',
  'deleting',
  'error',
  'migrating',
];
const PASSING = ['pending', 'starting', 'stopping', 'rebooting', 'rebuilding', 'resizing', 'deleting'];

/** As FROZEN, but an accepted rebuild shows at once. */
const SLOW = { ...FROZEN, timing: { ...FROZEN.timing, acceptedVisibleAfter: 0 } };

interface Action {
  readonly operation: string;
  readonly method: 'POST' | 'DELETE';
  readonly suffix: string;
  readonly body: string | null;
  /** Statuses that it is accepted in, and the status that it then passes through. */
  readonly from: readonly string[];
  readonly through: string | null;
}

const post = (operation: string, from: readonly string[], through: string | null, body = '{}'): Action => ({
  operation,
  method: 'POST',
  suffix: `:${operation}`,
  body,
  from,
  through,
});

const ACTIONS: readonly Action[] = [
  post('startInstance', ['stopped'], 'starting'),
  post('stopInstance', ['running'], 'stopping'),
  post('rebootInstance', ['running'], 'rebooting'),
  post('rebuildInstance', ['stopped'], 'rebuilding', '{"imageInherit":"yes"}'),
  post('createImage', ['running', 'stopped'], null, '{"name":"backup"}'),
  {
    operation: 'deleteInstance',
    method: 'DELETE',
    suffix: '',
    body: null,
    from: ['running', 'stopped', 'error'],
    through: 'deleting',
  },
];

function expected({ operation, from }: Action, status: string): string {
  if (from.includes(status)) return '200';
  if (PASSING.includes(status)) return `400 FAILED_PRECONDITION Conflict with underlay task '${status}'`;
  if (operation === 'rebuildInstance' && status === 'running')
    return '400 FAILED_PRECONDITION Please stop the instance first.';
  return `400 FAILED_PRECONDITION Invalid instance status '${status}'`;
}

describe('an action in each status', () => {
  for (const action of ACTIONS) {
    const { operation, method, suffix, body, from, through } = action;
    it(`${operation}: accepted in ${from.join(', ')} and nowhere else`, async (t) => {
      const vms = STATUSES.map((status) => vm(`i-${status}`, status));
      const simulator = await simulatorFor(t, { state: region({ vms }), ...SLOW });

      for (const status of STATUSES) {
        const answer = await call(simulator, { method, path: `/instances/i-${status}${suffix}`, body });
        assert.equal(gist(answer), expected(action, status), status);
        const accepted = from.includes(status);
        assert.equal(simulator.vm(`i-${status}`).status, accepted ? (through ?? status) : status);
        assert.equal(simulator.journal.effective(operation, `i-${status}`), accepted ? 1 : 0);
      }
    });

    it(`${operation}: 404 for an unknown VM`, async (t) => {
      const simulator = await simulatorFor(t, { state: region({}) });
      const answer = await call(simulator, { method, path: `/instances/${ID}${suffix}`, body });

      assert.equal(gist(answer), `404 NOT_FOUND Instance '${ID}' not found.`);
    });
  }
});

describe('one task at a time', () => {
  for (const { operation, method, suffix, body } of ACTIONS) {
    it(`${operation} is refused as busy while an image is made, though the status is stable`, async (t) => {
      const status = operation === 'startInstance' || operation === 'rebuildInstance' ? 'stopped' : 'running';
      const simulator = await simulatorFor(t, { state: region({ vms: [vm(ID, status)] }), ...SLOW });
      await call(simulator, { method: 'POST', path: `/instances/${ID}:createImage`, body: '{"name":"backup"}' });
      const answer = await call(simulator, { method, path: `/instances/${ID}${suffix}`, body });

      assert.equal(gist(answer), "400 FAILED_PRECONDITION Conflict with underlay task 'createImage'");
    });

    it(`${operation} is refused as busy after an accepted rebuild that still shows stopped`, async (t) => {
      const simulator = await simulatorFor(t, { ...FROZEN, state: region({ vms: [vm(ID, 'stopped')] }) });
      await call(simulator, {
        method: 'POST',
        path: `/instances/${ID}:rebuildInstance`,
        body: '{"imageInherit":"yes"}',
      });
      assert.equal(simulator.vm(ID).status, 'stopped');
      const answer = await call(simulator, { method, path: `/instances/${ID}${suffix}`, body });

      assert.equal(gist(answer), "400 FAILED_PRECONDITION Conflict with underlay task 'rebuildInstance'");
    });
  }

  it('busyMessage invalid-status tells the passing status instead', async (t) => {
    const assumptions = { busyMessage: 'invalid-status' } as const;
    const simulator = await simulatorFor(t, { state: region({ vms: [vm(ID, 'stopping')] }), assumptions });
    const answer = await call(simulator, { method: 'POST', path: `/instances/${ID}:stopInstance`, body: '{}' });

    assert.equal(gist(answer), "400 FAILED_PRECONDITION Invalid instance status 'stopping'");
  });

  it('busyMessage invalid-status still tells of the task where the status is stable', async (t) => {
    const assumptions = { busyMessage: 'invalid-status' } as const;
    const simulator = await simulatorFor(t, { ...FROZEN, state: region({ vms: [vm(ID, 'running')] }), assumptions });
    await call(simulator, { method: 'POST', path: `/instances/${ID}:createImage`, body: '{"name":"backup"}' });
    const answer = await call(simulator, { method: 'POST', path: `/instances/${ID}:stopInstance`, body: '{}' });

    assert.equal(gist(answer), "400 FAILED_PRECONDITION Conflict with underlay task 'createImage'");
  });
});

describe('transitions', () => {
  const rows = [
    { operation: 'startInstance', from: 'stopped', path: ['starting', 'running'] },
    { operation: 'stopInstance', from: 'running', path: ['stopping', 'stopped'] },
    { operation: 'rebootInstance', from: 'running', path: ['rebooting', 'running'] },
    { operation: 'rebuildInstance', from: 'stopped', path: ['rebuilding', 'stopped'] },
    { operation: 'deleteInstance', from: 'error', path: ['deleting', 'deleted'] },
  ];
  for (const { operation, from, path } of rows) {
    it(`${operation}: ${[from, ...path].join(' -> ')}`, async (t) => {
      const simulator = await simulatorFor(t, { state: region({ vms: [vm(ID, from)] }) });
      const action = ACTIONS.find((candidate) => candidate.operation === operation);
      await call(simulator, {
        method: action?.method ?? '',
        path: `/instances/${ID}${action?.suffix}`,
        body: action?.body ?? null,
      });
      await simulator.waitFor(({ journal }) => journal.changes().length === 2);

      assert.deepEqual(
        simulator.journal.changes().map(({ to }) => to),
        path,
      );
      assert.ok(simulator.journal.changes().every(({ by, instanceId }) => by === operation && instanceId === ID));
    });
  }

  it('a deleted VM is 404 and absent from lists', async (t) => {
    const simulator = await simulatorFor(t, { state: region({ vms: [vm(ID, 'stopped')] }) });
    await call(simulator, { method: 'DELETE', path: `/instances/${ID}` });
    await simulator.waitFor(({ journal }) => journal.changes({ to: 'deleted' }).length === 1);

    assert.equal(
      gist(await call(simulator, { path: `/instances/${ID}` })),
      `404 NOT_FOUND Instance '${ID}' not found.`,
    );
    assert.deepEqual((await call(simulator, { path: '/instances' })).json?.result, { instances: [], totalCount: 0 });
    assert.throws(() => simulator.vm(ID), /not found/);
  });

  it('what is due at the same time happens in the order of the calls', async (t) => {
    const vms = Array.from({ length: 20 }, (_, index) => vm(`i-${index}`, 'running'));
    const simulator = await simulatorFor(t, { state: region({ vms }), timing: { stopping: 0 } });
    for (const { instanceId } of vms) simulator.act.stop(instanceId);
    await simulator.waitFor(({ journal }) => journal.changes({ to: 'stopped' }).length === vms.length);

    assert.deepEqual(
      simulator.journal.changes({ to: 'stopped' }).map(({ instanceId }) => instanceId),
      vms.map(({ instanceId }) => instanceId),
    );
  });
});
