import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { image, region, vm } from '../../../simulator/model/builders.js';
import { assertHolds } from './support/assert-holds.js';
import { callBySdk } from './support/sdks/node-sdk.js';
import { simulatorFor } from './support/simulator-for-test.js';

const LOCAL = { diskCategory: 'local', diskType: 'ssd' } as const;
const state = region({
  vms: [
    vm('i-cloud', 'running', { hostname: 'web', launchTime: '2026-06-01 03:00:00' }),
    vm('i-local', 'running', {
      systemDisk: LOCAL,
      dataDisks: [{ deviceName: 'vdb', diskCategory: 'local', diskId: null, diskType: 'ssd', diskSizeGB: 500 }],
    }),
  ],
  images: [image('img-1', { encrypted: true }), image('img-2', { rootDeviceType: 'localDisk' })],
});

describe('shape of a VM', () => {
  it('leaves empty fields out and gives times as JD Cloud does', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const { result } = await callBySdk(simulator, 'describeInstance', { instanceId: 'i-cloud' });

    const { instance } = result ?? {};
    assertHolds(instance, {
      hostName: 'web',
      hostname: undefined,
      keyNames: undefined,
      elasticIpId: undefined,
      dataDisks: undefined,
      tags: undefined,
      task: undefined,
      launchTime: '2026-06-01 03:00:00',
      charge: { chargeMode: 'postpaid_by_duration', chargeStatus: 'normal', chargeStartTime: '2026-05-31T19:00:00Z' },
      systemDisk: { diskCategory: 'cloud', deviceName: 'vda', status: 'attached', localDisk: undefined },
    });
  });

  it('spells the host name by the switch hostnameField', async (t) => {
    const simulator = await simulatorFor(t, { state, assumptions: { hostnameField: 'hostname' } });
    const { result } = await callBySdk(simulator, 'describeInstance', { instanceId: 'i-cloud' });

    assertHolds(result?.['instance'], { hostname: 'web', hostName: undefined });
  });

  it('shows a local disk as such, whole and brief', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const options = { filters: [{ name: 'instanceId', values: ['i-local'] }] };
    const whole = await callBySdk(simulator, 'describeInstances', options);
    const brief = await callBySdk(simulator, 'describeBriefInstances', options);
    const systemDisk = { diskCategory: 'local', cloudDisk: undefined, localDisk: { diskType: 'ssd', diskSizeGB: 40 } };

    assertHolds(whole.result?.['instances'], [
      { systemDisk, dataDisks: [{ diskCategory: 'local', localDisk: { diskSizeGB: 500 } }] },
    ]);
    assertHolds(brief.result?.['instances'], [
      { systemDisk, dataDisks: undefined, charge: undefined, tags: undefined },
    ]);
  });
});

describe('shape of an image', () => {
  it('hides what is ours', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const { result } = await callBySdk(simulator, 'describeImage', { imageId: 'img-1' });

    assertHolds(result?.['image'], {
      rootDeviceType: 'cloudDisk',
      visible: undefined,
      protected: undefined,
      constraints: undefined,
      encrypted: undefined,
      expiredTime: undefined,
      systemDisk: { diskCategory: 'cloud', cloudDisk: { diskSizeGB: 40, encrypted: true } },
    });
  });

  it('has no snapshot on a local disk, and no limit on a private image', async (t) => {
    const simulator = await simulatorFor(t, { state });
    const { result } = await callBySdk(simulator, 'describeImage', { imageId: 'img-2' });
    const limits = await callBySdk(simulator, 'describeImageConstraints', { imageId: 'img-2' });

    assertHolds(result?.['image'], {
      snapshotId: undefined,
      systemDisk: { diskCategory: 'local', cloudDisk: undefined },
    });
    assert.deepEqual(limits.result, { imageConstraints: { imageId: 'img-2' } });
  });
});
