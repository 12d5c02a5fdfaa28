import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { keypair, OTHER_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import type { Simulator, SimulatorOptions } from '../../../simulator/start-simulator.js';
import { assertHolds } from './support/assert-holds.js';
import { act, call, gist } from './support/signed-call.js';
import { FROZEN, simulatorFor } from './support/simulator-for-test.js';

const ID = 'i-aaaaaaaaaa';
const OLD = [{ key: 'role', value: 'web' }];
const NEW = [{ key: 'reimage-operation', value: 'op-1' }];
const SCRIPT = [{ key: 'launch-script', value: 'IyEvYmluL2Jhc2gK' }];
const BODY = { imageId: OTHER_IMAGE_ID, imageInherit: 'yes', metadata: NEW };

const state = region({
  vms: [
    vm(ID, 'stopped', {
      instanceName: 'Web 1 (shop)',
      keyNames: ['ops'],
      metadata: OLD,
      userdata: SCRIPT,
      elasticIpAddress: '203.0.113.9',
      tags: [{ key: 'env', value: 'prod' }],
    }),
  ],
});

const twoKeys = { ...state, keypairs: [keypair('ops'), keypair('deploy')] };

/** The facts that show whether a rebuild has taken effect. */
function facts(simulator: Simulator) {
  const { imageId, systemDisk, metadata } = simulator.vm(ID);
  return {
    image: imageId === OTHER_IMAGE_ID,
    disk: systemDisk?.diskId !== state.vms[0]?.systemDisk?.diskId,
    metadata: metadata[0]?.key === NEW[0]?.key,
  };
}

const end = (simulator: Simulator): Promise<void> =>
  simulator.waitFor(({ journal }) => journal.changes({ to: 'stopped' }).length === 1);

describe('a launch script', () => {
  const ran = async (t: TestContext, body: object) => {
    const simulator = await simulatorFor(t, { state });
    const before = simulator.vm(ID).launchScriptRan;
    assert.equal(gist(await act(simulator, ID, 'rebuildInstance', { ...BODY, ...body })), '200');
    await end(simulator);
    const rebuilt = simulator.vm(ID).launchScriptRan;
    simulator.act.start(ID);
    await simulator.waitFor(() => simulator.vm(ID).status === 'running');
    return [before, rebuilt, simulator.vm(ID).launchScriptRan];
  };

  it('that is kept with the VM runs at the first start after a rebuild', async (t) => {
    assert.deepEqual(await ran(t, {}), [false, false, true]);
  });

  it('that is replaced by none does not run', async (t) => {
    assert.deepEqual(await ran(t, { userdata: [] }), [false, false, false]);
  });
});

describe('a rebuild', () => {
  const rows: readonly { assumptions: SimulatorOptions['assumptions']; atOnce: object; atEnd: object }[] = [
    {
      assumptions: {},
      atOnce: { image: false, disk: false, metadata: true },
      atEnd: { image: true, disk: true, metadata: true },
    },
    {
      assumptions: { imageIdChanges: 'acceptance' },
      atOnce: { image: true, disk: false, metadata: true },
      atEnd: { image: true, disk: true, metadata: true },
    },
    {
      assumptions: { diskIdChanges: 'acceptance' },
      atOnce: { image: false, disk: true, metadata: true },
      atEnd: { image: true, disk: true, metadata: true },
    },
    {
      assumptions: { diskIdChanges: 'never' },
      atOnce: { image: false, disk: false, metadata: true },
      atEnd: { image: true, disk: false, metadata: true },
    },
    {
      assumptions: { metadataChanges: 'end' },
      atOnce: { image: false, disk: false, metadata: false },
      atEnd: { image: true, disk: true, metadata: true },
    },
  ];
  for (const { assumptions = {}, atOnce, atEnd } of rows) {
    it(`changes what ${JSON.stringify(assumptions)} says, when it says`, async (t) => {
      const simulator = await simulatorFor(t, { ...FROZEN, state, assumptions });
      assert.equal(gist(await act(simulator, ID, 'rebuildInstance', BODY)), '200');
      const accepted = facts(simulator);
      simulator.act.release(ID);

      assert.deepEqual(accepted, atOnce);
      assert.deepEqual(facts(simulator), atEnd);
    });
  }

  it('leaves name, host name made from it, addresses, charge, tags, data disks, disk size and launch time alone', async (t) => {
    const simulator = await simulatorFor(t, { state });
    await act(simulator, ID, 'rebuildInstance', BODY);
    await end(simulator);

    const before = state.vms[0];
    assert.equal(before?.hostname, 'Web-1-shop');
    assert.deepEqual(
      { ...simulator.vm(ID), task: undefined },
      {
        ...before,
        task: undefined,
        resourcesReleased: false,
        passwordSha256: null,
        launchScriptDue: true,
        launchScriptRan: false,
        imageId: OTHER_IMAGE_ID,
        osVersion: '24.04',
        hostname: 'Web-1-shop',
        keyNames: [],
        metadata: NEW,
        systemDisk: {
          ...before?.systemDisk,
          diskId: simulator.vm(ID).systemDisk?.diskId,
          createTime: simulator.vm(ID).systemDisk?.createTime,
        },
      },
    );
  });

  it('gives the system disk a new id and creation time', async (t) => {
    const simulator = await simulatorFor(t, { state });
    await act(simulator, ID, 'rebuildInstance', BODY);
    await end(simulator);

    assert.match(simulator.vm(ID).systemDisk?.diskId ?? '', /^vol-[0-9a-f]{10}$/);
    assert.notEqual(simulator.vm(ID).systemDisk?.createTime, state.vms[0]?.systemDisk?.createTime);
  });

  it('is still shown as stopped for acceptedVisibleAfter, so that a naive wait is fooled', async (t) => {
    const simulator = await simulatorFor(t, { ...FROZEN, state });
    await act(simulator, ID, 'rebuildInstance', BODY);
    const answer = await call(simulator, { path: '/instanceStatus' });

    assert.deepEqual(answer.json?.result?.['instanceStatuses'], [{ instanceId: ID, status: 'stopped' }]);
    assert.equal(simulator.vm(ID).task?.name, 'rebuildInstance');
  });

  const omitted: readonly { survives: boolean; metadata: object; userdata: object }[] = [
    { survives: true, metadata: OLD, userdata: SCRIPT },
    { survives: false, metadata: [], userdata: [] },
  ];
  for (const { survives, metadata, userdata } of omitted) {
    it(`${survives ? 'keeps' : 'clears'} metadata and userdata that it does not name, by metadataSurvivesRebuild`, async (t) => {
      const simulator = await simulatorFor(t, { state, assumptions: { metadataSurvivesRebuild: survives } });
      await act(simulator, ID, 'rebuildInstance', { imageInherit: 'yes' });
      await end(simulator);

      assert.deepEqual([simulator.vm(ID).metadata, simulator.vm(ID).userdata], [metadata, userdata]);
    });
  }

  it('with metadata replaces the whole set', async (t) => {
    const simulator = await simulatorFor(t, { state });
    await act(simulator, ID, 'rebuildInstance', BODY);
    const answer = await call(simulator, { path: '/instancesCustomData' });

    assert.deepEqual(answer.json?.result?.['customData'], [{ instanceId: ID, metadata: NEW, userdata: SCRIPT }]);
  });

  for (const keyNamesClear of [true, false]) {
    it(`with a key replaces the old one, keyNamesClear ${keyNamesClear} or not`, async (t) => {
      const simulator = await simulatorFor(t, { state: twoKeys, assumptions: { keyNamesClear } });
      await act(simulator, ID, 'rebuildInstance', { keyNames: ['deploy'] });
      await end(simulator);

      assert.deepEqual(simulator.vm(ID).keyNames, ['deploy']);
    });

    it(`without a key ${keyNamesClear ? 'takes the old one off' : 'leaves the old one'}, by keyNamesClear, and key pairs tell so`, async (t) => {
      const simulator = await simulatorFor(t, { state, assumptions: { keyNamesClear } });
      await act(simulator, ID, 'rebuildInstance', { imageInherit: 'yes' });
      await end(simulator);
      const answer = await call(simulator, { path: '/keypairs' });

      assert.deepEqual(simulator.vm(ID).keyNames, keyNamesClear ? [] : ['ops']);
      assertHolds(answer.json?.result, { keypairs: [{ instanceIds: keyNamesClear ? undefined : [ID] }] });
    });
  }
});
