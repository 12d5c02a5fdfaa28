import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ReimageError } from '../../../../../client/connection/errors.js';
import { changesSince, copyOfRegion } from '../../../../../client/rehearsal/copy-region.js';
import { type CloudCopy, readCloud } from '../../../../../client/rehearsal/read-cloud.js';
import type { FleetPlan } from '../../../../../contracts/fleet/fleet-plan.js';
import { createVmClient } from '../../../../../jdcloud/vm-client.js';
import { image, region, vm } from '../../../../../simulator/model/builders.js';
import type { RegionState } from '../../../../../simulator/model/region-state.js';
import { type SimulatorOptions, startSimulator } from '../../../../../simulator/start-simulator.js';
import { fleetPlan } from '../fleet-fakes.js';

const STATE = region({
  vms: [
    vm('i-a1', 'running', { tags: [{ key: 'app', value: 'web' }], keyNames: ['ops'], imageId: 'img-old' }),
    vm('i-a2', 'stopped', {
      instanceName: '数据库',
      imageId: 'img-public',
      az: 'cn-north-1b',
      chargeOnStopped: 'stopCharging',
      elasticIpAddress: '203.0.113.7',
      systemDisk: { encrypted: true, diskSizeGB: 80 },
      dataDisks: [
        { deviceName: 'vdb', diskCategory: 'cloud', diskId: 'vol-b', diskType: 'ssd.io1', diskSizeGB: 100 },
        { deviceName: 'vdc', diskCategory: 'local', diskId: null, diskType: 'nvme', diskSizeGB: 400 },
      ],
    }),
    vm('i-a3', 'error', { imageId: 'img-gone', architecture: 'arm64', bootMode: 'uefi', chargeStatus: 'overdue' }),
    vm('i-b1'),
  ],
  images: [
    image('img-old'),
    image('img-new', { name: 'web-2026-12', bootMode: 'uefi', expiredTime: '2027-01-01T00:00:00Z' }),
    image('img-public', {
      imageSource: 'public',
      osType: 'windows',
      offline: true,
      encrypted: true,
      constraints: { constraintsType: 'excludes', instanceTypes: ['g.n1.small'] },
    }),
    image('img-else'),
  ],
  quotas: { image: 7 },
});

const ROWS = [
  { instanceId: 'i-a1' },
  { instanceId: 'i-a2', imageBefore: 'img-public', status: 'stopped' },
  { instanceId: 'i-a3', imageBefore: 'img-gone', status: 'error' },
];
const PLAN: FleetPlan = withBackup(fleetPlan(ROWS));

function withBackup(plan: FleetPlan): FleetPlan {
  return { ...plan, spec: { ...plan.spec, rebuild: { ...plan.spec.rebuild, backup: 'image' } } };
}

/** A cloud of its own, and what a rehearsal reads of it. */
async function reading(t: TestContext, state: RegionState, options: SimulatorOptions = {}, plan = PLAN) {
  const cloud = await startSimulator({ state, ...options });
  t.after(() => cloud.close());
  const { endpoint, credentials } = cloud;
  const api = createVmClient({ endpoint, credentials: async () => credentials });
  t.after(() => api.close());
  const read = () => readCloud(api, plan, new AbortController().signal);
  return { cloud, read };
}

const sorted = ({ instances, images, constraints, keyNames }: CloudCopy) => ({
  instances: instances.toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1)),
  images: images.toSorted((a, b) => (a.imageId < b.imageId ? -1 : 1)),
  constraints,
  keyNames,
});

describe('the copy that a rehearsal works on', () => {
  it('given a region, then a simulator that begins with the copy tells the same of its VMs and images', async (t) => {
    const real = await reading(t, STATE);
    const copy = await real.read();
    const again = await reading(t, copyOfRegion(PLAN, copy));
    assert.deepEqual(sorted(await again.read()), sorted(copy));
    assert.deepEqual(copy.instances.map(({ instanceId }) => instanceId).toSorted(), ['i-a1', 'i-a2', 'i-a3']);
  });

  it('given that, then it has only read', async (t) => {
    const { cloud, read } = await reading(t, STATE);
    await read();
    const operations = new Set(cloud.journal.calls().map(({ operation }) => operation));
    assert.deepEqual([...operations].toSorted(), [
      'describeImageConstraintsBatch',
      'describeImages',
      'describeInstances',
      'describeKeypairs',
      'describeQuotas',
    ]);
    assert.deepEqual(cloud.journal.changes(), []);
  });

  it('given a quota of images, then as many may still be made as in the account', async (t) => {
    const { read } = await reading(t, STATE);
    const { images, quotas } = copyOfRegion(PLAN, await read());
    // Three private images of seven are there, two of which are copied: four may still be made.
    assert.equal(quotas.image, images.filter(({ imageSource }) => imageSource === 'private').length + 4);
  });

  it('given an answer that fails once, then it is asked for again', async (t) => {
    const faults = [{ operation: 'describeInstances', kind: { throttle: true as const, retryAfterSeconds: 0 } }];
    const { read } = await reading(t, STATE, { faults });
    assert.equal((await read()).instances.length, 3);
  });

  it('given an account that may not read VMs, then says so by a failure of its own', async (t) => {
    const { read } = await reading(t, STATE, { faults: [{ operation: 'describeInstances', kind: { status: 403 } }] });
    await assert.rejects(read, (error) => error instanceof ReimageError && error.failure.type === 'PermissionDenied');
  });

  it('given VMs that are no longer as the plan has seen them, then each is told', async (t) => {
    const rows = [
      { instanceId: 'i-a1', imageBefore: 'img-older' },
      { instanceId: 'i-a2', imageBefore: 'img-public' },
      { instanceId: 'i-a3', imageBefore: 'img-gone', status: 'error' },
      { instanceId: 'i-z9' },
    ];
    const plan = fleetPlan(rows);
    const { read } = await reading(t, STATE, {}, plan);
    assert.deepEqual(changesSince(plan, await read()), [
      'i-a1 has image img-old, not img-older',
      'i-a2 is stopped, not running',
      'i-z9 is gone',
    ]);
  });

  it('given an instance of which JD Cloud tells next to nothing, then it is copied so that nothing speaks against it', () => {
    const told: CloudCopy = {
      instances: [{ instanceId: 'i-a1', status: 'running' }],
      images: [{ imageId: 'img-new', architecture: 'arm64', bootMode: 'uefi' }],
      constraints: [],
      keyNames: [],
      imageQuota: null,
    };
    const { vms, images, quotas } = copyOfRegion(PLAN, told);
    assert.deepEqual([vms[0]?.architecture, vms[0]?.bootMode], ['arm64', 'uefi']);
    assert.equal(vms[0]?.systemDisk, null);
    assert.equal(images[0]?.status, 'ready');
    assert.ok((quotas.image ?? 0) > 10_000);
  });
});
