import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OTHER_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import { act, call, gist } from './support/signed-call.js';
import { FOREVER_MS, simulatorFor } from './support/simulator-for-test.js';

const ID = 'i-aaaaaaaaaa';
const of = (status: string) => region({ vms: [vm(ID, status)] });

describe('someone else at work', () => {
  it('starts, stops, reboots and rebuilds by the same rules, without a call in the journal', async (t) => {
    const simulator = await simulatorFor(t, { state: of('running') });
    const { act: console, journal } = simulator;
    console.reboot(ID);
    assert.throws(() => console.stop(ID), /Conflict with underlay task/);
    await simulator.waitFor(() => journal.changes({ to: 'running' }).length === 1);
    console.stop(ID);
    await simulator.waitFor(() => journal.changes({ to: 'stopped' }).length === 1);
    assert.throws(() => console.rebuild(ID, 'img-x'), /Image 'img-x' not found/);
    console.rebuild(ID, OTHER_IMAGE_ID);
    await simulator.waitFor(() => journal.changes({ to: 'stopped' }).length === 2);
    console.start(ID);
    await simulator.waitFor(() => journal.changes({ to: 'running' }).length === 2);

    assert.equal(simulator.vm(ID).imageId, OTHER_IMAGE_ID);
    assert.deepEqual(
      journal.changes().map(({ to, by }) => `${to} by ${by}`),
      ['rebooting', 'running', 'stopping', 'stopped', 'rebuilding', 'stopped', 'starting', 'running'].map(
        (to) => `${to} by console`,
      ),
    );
    assert.deepEqual(journal.calls(), []);
  });

  it('deletes a VM whatever it is doing', async (t) => {
    const simulator = await simulatorFor(t, {
      state: of('running'),
      compress: 1,
      timing: { stopping: FOREVER_MS, deleting: 0 },
    });
    await act(simulator, ID, 'stopInstance');
    simulator.act.remove(ID);
    await simulator.waitFor(({ journal }) => journal.changes({ to: 'deleted' }).length === 1);

    assert.deepEqual(
      simulator.journal.changes().map(({ to, by }) => `${to} by ${by}`),
      ['stopping by stopInstance', 'deleting by console', 'deleted by console'],
    );
  });

  it('shares an image of another account, which is found among the shared ones only', async (t) => {
    const simulator = await simulatorFor(t, { state: of('stopped') });
    simulator.act.shareImage('img-of-mallory', { name: 'golden-2026-12', ownerPin: 'mallory' });

    const listed = async (source: string) => {
      const query = [
        ['imageName', 'golden'],
        ['imageSource', source],
      ] as const;
      return (await call(simulator, { path: '/images', query })).text;
    };
    assert.match(await listed('shared'), /"ownerPin":"mallory"/);
    assert.doesNotMatch(await listed('private'), /mallory/);
  });

  it('sets any status, and what was under way never ends', async (t) => {
    const simulator = await simulatorFor(t, { state: of('running'), timing: { stopping: 1000 } });
    simulator.act.stop(ID);
    simulator.act.setStatus(ID, 'migrating');
    simulator.act.setStatus(ID, 'running');
    simulator.act.stop(ID);
    await simulator.waitFor(() => simulator.vm(ID).status === 'stopped');

    assert.deepEqual(
      simulator.journal.changes().map(({ to, by }) => `${to} by ${by}`),
      [
        'stopping by console',
        'migrating by console',
        'running by console',
        'stopping by console',
        'stopped by console',
      ],
    );
  });

  it('changes and removes images; a VM keeps the dead id', async (t) => {
    const simulator = await simulatorFor(t, { state: of('stopped') });
    const rebuild = async () => gist(await act(simulator, ID, 'rebuildInstance', { imageInherit: 'yes' }));
    const { imageId } = simulator.vm(ID);
    simulator.act.setImageStatus(imageId, 'error');
    assert.equal(await rebuild(), "400 FAILED_PRECONDITION Invalid image status 'error'");
    simulator.act.removeImage(imageId);

    assert.equal(await rebuild(), `404 NOT_FOUND Image '${imageId}' not found`);
    assert.equal(
      gist(await call(simulator, { path: `/images/${imageId}` })),
      `404 NOT_FOUND Image '${imageId}' not found`,
    );
    assert.equal(simulator.vm(ID).imageId, imageId);
  });
});
