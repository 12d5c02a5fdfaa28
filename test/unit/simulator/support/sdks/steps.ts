import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  DEFAULT_IMAGE_ID,
  image,
  keypair,
  OTHER_IMAGE_ID,
  region,
  vm,
} from '../../../../../simulator/model/builders.js';
import type { Simulator } from '../../../../../simulator/start-simulator.js';
import { assertHolds } from '../assert-holds.js';

/** A VM of the region that runs. */
export const ID = 'i-aaaaaaaaaa';
/** One that is stopped. */
export const OTHER_ID = 'i-bbbbbbbbbb';
const LIMIT = { constraintsType: 'excludes' as const, instanceTypes: ['p.n1.large'] };

/** The region that the steps begin in. */
export const state = () =>
  region({
    vms: [
      vm(ID, 'running', { instanceName: 'shop a/中', keyNames: ['ops'], metadata: [{ key: 'role', value: 'web' }] }),
      vm(OTHER_ID, 'stopped', { launchTime: '2026-05-01 00:00:00' }),
      vm('i-cccccccccc', 'stopped', { launchTime: '2026-04-01 00:00:00' }),
    ],
    images: [
      image(DEFAULT_IMAGE_ID, { imageSource: 'public', constraints: LIMIT }),
      image(OTHER_IMAGE_ID),
      image('img-old'),
    ],
    keypairs: [keypair('ops'), keypair('deploy')],
  });

const reached =
  (status: string, id = ID) =>
  (simulator: Simulator) =>
    simulator.vm(id).status === status;
const ofVm = { name: 'instanceId', values: [ID, 'i-unknown'] };

/** One call, and what must have come of it before the next. */
interface Step {
  readonly operation: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly check: (result: Record<string, unknown> | undefined, simulator: Simulator) => void | Promise<void>;
}

const nothing = (result: unknown): void => assert.equal(result, undefined);

/** Each operation that the simulator serves, once, so that each can be performed. */
export const STEPS: readonly Step[] = [
  {
    operation: 'describeInstance',
    options: { instanceId: ID },
    check: (result) => assertHolds(result, { instance: { instanceId: ID, status: 'running', keyNames: ['ops'] } }),
  },
  {
    operation: 'describeInstances',
    options: { filters: [ofVm, { name: 'name', values: ['shop a/中'] }], pageNumber: 1, pageSize: 100 },
    check: (result) => assertHolds(result, { instances: [{ instanceId: ID }], totalCount: 1 }),
  },
  {
    operation: 'describeBriefInstances',
    options: { filters: [ofVm] },
    check: (result) =>
      assertHolds(result, { instances: [{ systemDisk: { cloudDisk: { diskSizeGB: 40 } } }], totalCount: 1 }),
  },
  {
    operation: 'describeInstanceStatus',
    options: { filters: [ofVm] },
    check: (result) =>
      assert.deepEqual(result, { instanceStatuses: [{ instanceId: ID, status: 'running' }], totalCount: 1 }),
  },
  {
    operation: 'describeInstancesCustomData',
    options: { filters: [ofVm], pageSize: 1 },
    check: (result) =>
      assert.deepEqual(result, {
        customData: [{ instanceId: ID, metadata: [{ key: 'role', value: 'web' }] }],
        totalCount: 1,
      }),
  },
  {
    operation: 'describeImage',
    options: { imageId: OTHER_IMAGE_ID },
    check: (result) => assertHolds(result, { image: { imageId: OTHER_IMAGE_ID, status: 'ready' } }),
  },
  {
    operation: 'describeImages',
    options: { ids: [DEFAULT_IMAGE_ID, 'img-unknown'] },
    check: (result) => assertHolds(result, { images: [{ imageId: DEFAULT_IMAGE_ID }], totalCount: 1 }),
  },
  {
    operation: 'describeImageConstraints',
    options: { imageId: DEFAULT_IMAGE_ID },
    check: (result) =>
      assert.deepEqual(result, { imageConstraints: { imageId: DEFAULT_IMAGE_ID, imageInstanceTypeConstraint: LIMIT } }),
  },
  {
    operation: 'describeImageConstraintsBatch',
    options: { ids: [DEFAULT_IMAGE_ID, OTHER_IMAGE_ID, 'img-unknown'] },
    check: (result) =>
      assert.deepEqual(result, {
        imageConstraints: [{ imageId: DEFAULT_IMAGE_ID, imageInstanceTypeConstraint: LIMIT }],
      }),
  },
  {
    operation: 'describeKeypairs',
    options: { filters: [{ name: 'keyNames', values: ['ops', 'unknown'] }] },
    check: (result) => assertHolds(result, { keypairs: [{ keyName: 'ops', instanceIds: [ID] }], totalCount: 1 }),
  },
  {
    operation: 'describeQuotas',
    options: { filters: [{ name: 'resourceTypes', values: ['image'] }] },
    check: (result) => assert.deepEqual(result, { quotas: [{ resourceType: 'image', limit: 20, used: 2 }] }),
  },
  {
    operation: 'createImage',
    options: { instanceId: ID, name: 'before', description: 'x', dataDisks: [{ deviceName: 'vdb', noDevice: true }] },
    check: async (result, simulator) => {
      assert.match(String(result?.['imageId']), /^img-/);
      await simulator.waitFor(() => simulator.vm(ID).task === null);
    },
  },
  { operation: 'deleteImage', options: { imageId: 'img-old', deleteSnapshot: true }, check: nothing },
  {
    operation: 'rebootInstance',
    options: { instanceId: ID },
    check: (_result, simulator) => simulator.waitFor(reached('running')),
  },
  {
    operation: 'stopInstance',
    options: { instanceId: ID, chargeOnStopped: 'keepCharging' },
    check: async (result, simulator) => {
      nothing(result);
      await simulator.waitFor(reached('stopped'));
    },
  },
  {
    operation: 'rebuildInstance',
    options: {
      instanceId: ID,
      imageId: OTHER_IMAGE_ID,
      password: 'Instance@010',
      keyNames: ['deploy'],
      hostname: 'shop-a',
      metadata: [{ key: 'reimage-operation', value: 'op-1' }],
      userdata: [{ key: 'launch-script', value: 'IyEvYmluL2Jhc2gK' }],
      passWordAuth: 'yes',
      imageInherit: 'no',
    },
    check: async (result, simulator) => {
      nothing(result);
      await simulator.waitFor(({ journal }) => journal.changes({ by: 'rebuildInstance' }).length === 2);
      const { imageId, keyNames, hostname, metadata, userdata, passwordSha256 } = simulator.vm(ID);
      assert.deepEqual(
        { imageId, keyNames, hostname, metadata, userdata },
        {
          imageId: OTHER_IMAGE_ID,
          keyNames: ['deploy'],
          hostname: 'shop-a',
          metadata: [{ key: 'reimage-operation', value: 'op-1' }],
          userdata: [{ key: 'launch-script', value: 'IyEvYmluL2Jhc2gK' }],
        },
      );
      assert.equal(passwordSha256, createHash('sha256').update('Instance@010').digest('hex'));
    },
  },
  {
    operation: 'startInstance',
    options: { instanceId: ID },
    check: (_result, simulator) => simulator.waitFor(reached('running')),
  },
  {
    operation: 'deleteInstance',
    options: { instanceId: OTHER_ID },
    check: (_result, simulator) =>
      simulator.waitFor(() => simulator.journal.changes({ instanceId: OTHER_ID, to: 'deleted' }).length === 1),
  },
];
