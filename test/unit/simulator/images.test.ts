import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { image, OTHER_IMAGE_ID, region, vm } from '../../../simulator/model/builders.js';
import type { ImageOverrides, VmOverrides } from '../../../simulator/model/region-state.js';
import { assertHolds } from './support/assert-holds.js';
import { act, call, gist } from './support/signed-call.js';
import { FROZEN, simulatorFor } from './support/simulator-for-test.js';

const ID = 'i-aaaaaaaaaa';
const of = (status: string, overrides: VmOverrides = {}) => region({ vms: [vm(ID, status, overrides)] });
const create = { name: '备份_2026-11.1', description: 'before the reimage' };

describe('createImage', () => {
  it('gives a pending private image that is ready once the task is over, the VM keeping its status', async (t) => {
    const simulator = await simulatorFor(t, { ...FROZEN, state: of('running') });
    const { json } = await act(simulator, ID, 'createImage', create);
    const imageId = String(json?.result?.['imageId']);
    const path = `/images/${imageId}`;
    const early = await call(simulator, { path });
    simulator.act.release(ID);
    const late = await call(simulator, { path });

    const same = { name: create.name, desc: create.description, instanceId: ID, imageSource: 'private' };
    assertHolds(early.json?.result, { image: { ...same, status: 'pending', progress: '0' } });
    assertHolds(late.json?.result, { image: { ...same, status: 'ready', progress: '100' } });
    assert.deepEqual(simulator.journal.changes({ instanceId: ID }), []);
  });

  it('takes every cloud data disk that is not left out by noDevice, and no local one', async (t) => {
    const disk = { diskType: 'ssd.gp1', diskSizeGB: 100 };
    const dataDisks = [
      { ...disk, deviceName: 'vdb', diskCategory: 'cloud' as const, diskId: 'vol-b' },
      { ...disk, deviceName: 'vdc', diskCategory: 'cloud' as const, diskId: 'vol-c' },
      { ...disk, deviceName: 'vdd', diskCategory: 'local' as const, diskId: null },
    ];
    const simulator = await simulatorFor(t, { ...FROZEN, state: of('stopped', { dataDisks }) });
    const leaveOut = { dataDisks: [{ deviceName: 'vdb', noDevice: true }] };
    const { json } = await act(simulator, ID, 'createImage', { ...create, ...leaveOut });
    const made = await call(simulator, { path: `/images/${String(json?.result?.['imageId'])}` });

    const held = { deviceName: 'vdc', diskCategory: 'cloud', cloudDisk: { diskSizeGB: 100 } };
    assertHolds(made.json?.result, { image: { dataDisks: [held] } });
  });

  const refused: readonly { name: string; status: string; vm?: VmOverrides; answer: string }[] = [
    {
      name: 'a running VM with a local system disk',
      status: 'running',
      vm: { systemDisk: { diskCategory: 'local' } },
      answer: '400 FAILED_PRECONDITION Please stop the instance first',
    },
    {
      name: 'a stopped VM with a local system disk',
      status: 'stopped',
      vm: { systemDisk: { diskCategory: 'local' } },
      answer: '200',
    },
    {
      name: 'no system disk',
      status: 'stopped',
      vm: { systemDisk: null },
      answer: '400 FAILED_PRECONDITION System disk not found',
    },
    {
      name: 'a system disk that is detached',
      status: 'stopped',
      vm: { systemDisk: { status: 'detached' } },
      answer: '400 FAILED_PRECONDITION Invalid system disk mount state',
    },
  ];
  for (const { name, status, vm: overrides = {}, answer } of refused) {
    it(`${name}: ${answer}`, async (t) => {
      const simulator = await simulatorFor(t, { state: of(status, overrides) });
      assert.equal(gist(await act(simulator, ID, 'createImage', create)), answer);
    });
  }

  it('is 429 QUOTA_EXCEEDED when the quota is used up', async (t) => {
    const simulator = await simulatorFor(t, { state: { ...of('running'), quotas: { image: 2 } } });
    assert.equal(
      gist(await act(simulator, ID, 'createImage', create)),
      '429 QUOTA_EXCEEDED Image quota limit exceeded',
    );
  });
});

describe('deleteImage', () => {
  const rows: readonly { name: string; image: ImageOverrides; answer: string }[] = [
    { name: 'an own private image', image: {}, answer: '200' },
    {
      name: 'a protected image',
      image: { protected: true },
      answer: "400 FAILED_PRECONDITION Can't delete protected image",
    },
    {
      name: 'a public image',
      image: { imageSource: 'public' },
      answer: "400 FAILED_PRECONDITION Can't delete this image",
    },
    {
      name: 'a community image',
      image: { imageSource: 'community' },
      answer: "400 FAILED_PRECONDITION Can't delete community image",
    },
    {
      name: 'an image that is shared',
      image: { launchPermission: 'specifiedUsers' },
      answer: "400 FAILED_PRECONDITION Can't delete shared image",
    },
    {
      name: 'an image being made',
      image: { status: 'pending' },
      answer: "400 FAILED_PRECONDITION Conflict with underlay image task 'createImage'",
    },
    { name: 'an image in error', image: { status: 'error' }, answer: '200' },
    {
      name: 'a local disk image in use',
      image: { rootDeviceType: 'localDisk' },
      answer:
        '400 FAILED_PRECONDITION Local-System-Disk image cannot be deleted if it has been used to create instances',
    },
  ];
  for (const row of rows) {
    it(`${row.name}: ${row.answer}`, async (t) => {
      const state = region({ vms: [vm(ID, 'stopped', { imageId: 'img-1' })], images: [image('img-1', row.image)] });
      const simulator = await simulatorFor(t, { state });
      assert.equal(gist(await call(simulator, { method: 'DELETE', path: '/images/img-1' })), row.answer);
      const after = gist(await call(simulator, { path: '/images/img-1' }));

      assert.equal(after, row.answer === '200' ? "404 NOT_FOUND Image 'img-1' not found" : '200');
      assert.equal(simulator.vm(ID).imageId, 'img-1');
    });
  }

  it('refuses an image that a rebuild is reading', async (t) => {
    const simulator = await simulatorFor(t, { ...FROZEN, state: of('stopped') });
    await act(simulator, ID, 'rebuildInstance', { imageId: OTHER_IMAGE_ID, imageInherit: 'yes' });
    const answer = await call(simulator, { method: 'DELETE', path: `/images/${OTHER_IMAGE_ID}` });

    assert.equal(gist(answer), `400 FAILED_PRECONDITION The image '${OTHER_IMAGE_ID}' is busy`);
  });
});
