import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { DEFAULT_IMAGE_ID, image, OTHER_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import type { FaultKind } from '../../../simulator/model/fault-rule.js';
import type { Simulator } from '../../../simulator/start-simulator.js';
import { act, call } from './support/signed-call.js';
import { FROZEN, simulatorFor } from './support/simulator-for-test.js';

const ID = 'i-aaaaaaaaaa';
const OWN = 'img-own';
const REBUILD = {
  imageId: OTHER_IMAGE_ID,
  imageInherit: 'yes',
  metadata: [{ key: 'reimage-operation', value: 'op-1' }],
};

const state = region({ vms: [vm(ID, 'stopped')] });

const Vm = z.looseObject({ status: z.string(), imageId: z.string() });
const Metadata = z.array(z.looseObject({ metadata: z.array(z.unknown()).optional() }));

const Images = z.array(z.looseObject({ name: z.string() }));

async function seen(simulator: Simulator, kind: FaultKind): Promise<string> {
  simulator.addFault({ operation: 'describeInstance', kind });
  const { json } = await call(simulator, { path: `/instances/${ID}` });
  const { status, imageId } = Vm.parse(json?.result?.['instance']);
  return `${status} ${imageId}`;
}

async function imageStatus(simulator: Simulator, kind: FaultKind): Promise<number> {
  simulator.addFault({ operation: 'describeImage', kind });
  return (await call(simulator, { path: `/images/${OWN}` })).status;
}

describe('a read from a replica that is behind', () => {
  it('shows a VM as it was one or two changes ago, and then as it is', async (t) => {
    const simulator = await simulatorFor(t, { state });
    await act(simulator, ID, 'rebuildInstance', REBUILD);
    await simulator.waitFor(({ journal }) => journal.changes({ to: 'stopped' }).length === 1);

    assert.equal(await seen(simulator, { stale: 2 }), 'stopped img-ubuntu2204');
    assert.equal(await seen(simulator, { stale: 1 }), 'rebuilding img-ubuntu2204');
    assert.equal(await seen(simulator, { delayMs: 0, when: 'before' }), `stopped ${OTHER_IMAGE_ID}`);
  });

  it('shows nothing that was left longer ago than it may be behind', async (t) => {
    let now = Date.now();
    const simulator = await simulatorFor(t, { ...FROZEN, state: region({ vms: [vm(ID, 'running')] }), now: () => now });
    await act(simulator, ID, 'stopInstance');
    now += 60_000;

    assert.equal(await seen(simulator, { stale: 2, withinMs: 60_000 }), 'running img-ubuntu2204');
    now += 1;
    assert.equal(await seen(simulator, { stale: 2, withinMs: 60_000 }), 'stopping img-ubuntu2204');
    assert.equal(await seen(simulator, { stale: 2 }), 'running img-ubuntu2204');
  });

  it('shows the metadata of before a rebuild that was accepted', async (t) => {
    const simulator = await simulatorFor(t, { ...FROZEN, state });
    await act(simulator, ID, 'rebuildInstance', REBUILD);
    const metadata = async () => {
      const { json } = await call(simulator, { path: '/instancesCustomData' });
      return Metadata.parse(json?.result?.['customData'])[0]?.metadata ?? [];
    };
    simulator.addFault({ operation: 'describeInstancesCustomData', kind: { stale: 1 } });

    assert.deepEqual(await metadata(), []);
    assert.deepEqual(await metadata(), REBUILD.metadata);
  });

  it('shows an image that is gone, and not yet one that was made', async (t) => {
    const own = image(OWN);
    const simulator = await simulatorFor(t, {
      state: region({ vms: [vm(ID, 'stopped')], images: [own, image(DEFAULT_IMAGE_ID)] }),
    });
    await call(simulator, { method: 'DELETE', path: `/images/${OWN}` });
    assert.equal(await imageStatus(simulator, { stale: 1 }), 200);
    assert.equal(await imageStatus(simulator, { status: 404, when: 'before' }), 404);

    await act(simulator, ID, 'createImage', { name: 'made-now', description: '' });
    await simulator.waitFor(({ journal }) => journal.changes({ to: 'ready' }).length === 1);
    simulator.addFault({ operation: 'describeImages', kind: { stale: 2 } });
    const names = async () => {
      const { json } = await call(simulator, { path: '/images', query: [['imageSource', 'private']] });
      return Images.parse(json?.result?.['images']).map(({ name }) => name);
    };

    assert.deepEqual((await names()).toSorted(), [DEFAULT_IMAGE_ID, OWN].toSorted());
    assert.deepEqual((await names()).toSorted(), [DEFAULT_IMAGE_ID, 'made-now'].toSorted());
  });

  it('is no call that changes something, and does not count as having seen the VM', async (t) => {
    const simulator = await simulatorFor(t, { state });
    simulator.addFault({ operation: '*', kind: { stale: 1 } });
    await act(simulator, ID, 'startInstance');
    await call(simulator, { path: `/instances/${ID}` });

    assert.deepEqual(
      simulator.journal.calls().map(({ operation, fault }) => [operation, fault]),
      [
        ['startInstance', null],
        ['describeInstance', 'stale read'],
      ],
    );
  });
});

describe('the switch replicaLagMs', () => {
  const looks = async (simulator: Simulator) => {
    const answers: string[] = [];
    for (let n = 0; n < 30; n += 1) answers.push(await seen(simulator, { delayMs: 0, when: 'before' }));
    return answers;
  };

  it('lets any read go back, by one change or two, and is the same each time', async (t) => {
    const start = async () => {
      const simulator = await simulatorFor(t, { state, assumptions: { replicaLagMs: 60_000 } });
      await act(simulator, ID, 'rebuildInstance', REBUILD);
      await simulator.waitFor(({ journal }) => journal.changes({ to: 'stopped' }).length === 1);
      return await looks(simulator);
    };
    const answers = await start();

    assert.deepEqual(
      new Set(answers),
      new Set([`stopped ${OTHER_IMAGE_ID}`, 'rebuilding img-ubuntu2204', 'stopped img-ubuntu2204']),
    );
    assert.deepEqual(await start(), answers);
  });

  it('is off unless it is set', async (t) => {
    const simulator = await simulatorFor(t, { ...FROZEN, state: region({ vms: [vm(ID, 'running')] }) });
    await act(simulator, ID, 'stopInstance');

    assert.deepEqual(new Set(await looks(simulator)), new Set(['stopping img-ubuntu2204']));
  });
});
