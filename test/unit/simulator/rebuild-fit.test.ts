import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_IMAGE_ID, image, region, vm } from '../../../simulator/model/builders.js';
import type { ImageOverrides, VmOverrides } from '../../../simulator/model/region-state.js';
import type { SimulatorOptions } from '../../../simulator/start-simulator.js';
import { act, gist } from './support/signed-call.js';
import { FROZEN, simulatorFor } from './support/simulator-for-test.js';

const ID = 'i-aaaaaaaaaa';
const LOCAL = { diskCategory: 'local' } as const;
const precondition = (text: string): string => `400 FAILED_PRECONDITION ${text}`;

interface Row {
  readonly name: string;
  readonly vm?: VmOverrides;
  readonly image?: ImageOverrides;
  readonly body?: object;
  readonly assumptions?: SimulatorOptions['assumptions'];
  readonly answer: string;
}

const ROWS: readonly Row[] = [
  { name: 'an image that fits', answer: '200' },
  { name: 'an unknown image', body: { imageId: 'img-x' }, answer: "404 NOT_FOUND Image 'img-x' not found" },
  { name: 'an image of another account', image: { visible: false }, answer: "404 NOT_FOUND Image 'img-new' not found" },
  { name: 'an image being made', image: { status: 'pending' }, answer: precondition("Invalid image status 'pending'") },
  { name: 'an image in error', image: { status: 'error' }, answer: precondition("Invalid image status 'error'") },
  { name: 'an image off line', image: { offline: true }, answer: precondition("Invalid image status 'offline'") },
  {
    name: 'an image off line, where that is allowed',
    image: { offline: true },
    assumptions: { offlineImageRefused: false },
    answer: '200',
  },
  {
    name: 'an expired image',
    image: { expiredTime: '2020-01-01T00:00:00Z' },
    answer: precondition("Invalid image status 'expired'"),
  },
  { name: 'an image that expires later', image: { expiredTime: '2999-01-01T00:00:00Z' }, answer: '200' },
  {
    name: 'cloud disk image, local disk',
    vm: { systemDisk: LOCAL },
    answer: precondition('Image constraints. Only support cloud system disk'),
  },
  {
    name: 'local disk image, cloud disk',
    image: { rootDeviceType: 'localDisk' },
    answer: precondition('Image constraints. Only support local system disk'),
  },
  {
    name: 'local disk image, local disk',
    vm: { systemDisk: LOCAL },
    image: { rootDeviceType: 'localDisk' },
    answer: '200',
  },
  {
    name: 'an instance type that is excluded',
    image: { constraints: { constraintsType: 'excludes', instanceTypes: ['g.n2.large'] } },
    answer: precondition("Image constraints. Doesn't support instanceType 'g.n2.large'"),
  },
  {
    name: 'another instance type excluded',
    image: { constraints: { constraintsType: 'excludes', instanceTypes: ['p.n1.large'] } },
    answer: '200',
  },
  {
    name: 'an instance type that is not included',
    image: { constraints: { constraintsType: 'includes', instanceTypes: ['p.n1.large'] } },
    answer: precondition("Image constraints. Doesn't support instanceType 'g.n2.large'"),
  },
  {
    name: 'an instance type that is included',
    image: { constraints: { constraintsType: 'includes', instanceTypes: ['g.n2.large'] } },
    answer: '200',
  },
  {
    name: 'another architecture',
    image: { architecture: 'arm64' },
    answer: precondition("Image constraints. Doesn't support instanceType 'g.n2.large'"),
  },
  {
    name: 'an encrypted image, a plain disk',
    image: { encrypted: true },
    answer: precondition('The image is not consistent with the system disk encryption properties.'),
  },
  {
    name: 'a plain image, an encrypted disk',
    vm: { systemDisk: { encrypted: true } },
    answer: precondition('The image is not consistent with the system disk encryption properties.'),
  },
  {
    name: 'an image larger than the disk',
    image: { systemDiskSizeGB: 41 },
    answer: '400 OUT_OF_RANGE NewSysDiskSizeGB out of range. Less than the image system disk capacity.',
  },
  { name: 'an image smaller than the disk', image: { systemDiskSizeGB: 20 }, answer: '200' },
  { name: 'no system disk', vm: { systemDisk: null }, answer: '404 NOT_FOUND System disk not found' },
  {
    name: 'a system disk that is detached',
    vm: { systemDisk: { status: 'detaching' } },
    answer: '404 FAILED_PRECONDITION Invalid system disk mount state',
  },
  { name: 'a running VM', vm: { status: 'running' }, answer: precondition('Please stop the instance first.') },
  { name: 'a VM in error', vm: { status: 'error' }, answer: precondition("Invalid instance status 'error'") },
  { name: 'the original image, when none is asked for', body: { imageId: null }, answer: '200' },
  {
    name: 'the original image, deleted',
    vm: { imageId: 'img-gone' },
    body: { imageId: null },
    answer: "404 NOT_FOUND Image 'img-gone' not found",
  },
  {
    name: 'no login, where that is allowed',
    body: { imageInherit: null },
    assumptions: { loginRequired: false },
    answer: '200',
  },
  {
    name: 'Windows with a password',
    image: { osType: 'windows' },
    body: { password: 'Instance@010', imageInherit: null },
    answer: '200',
  },
  {
    name: 'Windows without a password',
    image: { osType: 'windows' },
    body: { imageInherit: null },
    answer: '400 INVALID_ARGUMENT Parameter password missing for windows',
  },
  {
    name: 'Windows with a key',
    image: { osType: 'windows' },
    body: { keyNames: ['ops'] },
    answer: '400 INVALID_ARGUMENT Keypair is not supported for windows',
  },
  {
    name: 'Windows without password login',
    image: { osType: 'windows' },
    body: { password: 'Instance@010', passWordAuth: 'no' },
    answer: '400 INVALID_ARGUMENT PassWordAuth must be yes for windows',
  },
  {
    name: 'Windows with the name of its user in the password',
    image: { osType: 'windows' },
    body: { password: 'Administrator@010' },
    answer: '400 INVALID_ARGUMENT Invalid password',
  },
  {
    name: 'Windows with a host name of 16',
    image: { osType: 'windows' },
    body: { password: 'Instance@010', hostname: 'a'.repeat(16) },
    answer: '400 INVALID_ARGUMENT Invalid hostname',
  },
];

function start(t: Parameters<typeof simulatorFor>[0], row: Omit<Row, 'name' | 'answer'>) {
  const { status = 'stopped', ...overrides } = row.vm ?? {};
  const state = region({
    vms: [vm(ID, status, overrides)],
    images: [image(DEFAULT_IMAGE_ID), image('img-new', row.image)],
  });
  return simulatorFor(t, { ...FROZEN, state, assumptions: row.assumptions ?? {} });
}

describe('what a rebuild is refused for', () => {
  for (const { name, answer, ...row } of ROWS) {
    it(`${name}: ${answer}`, async (t) => {
      const simulator = await start(t, row);
      const received = await act(simulator, ID, 'rebuildInstance', {
        imageId: 'img-new',
        imageInherit: 'yes',
        ...row.body,
      });

      assert.equal(gist(received), answer);
      assert.equal(simulator.journal.effective('rebuildInstance', ID), answer === '200' ? 1 : 0);
      assert.equal(simulator.vm(ID).task?.name ?? null, answer === '200' ? 'rebuildInstance' : null);
    });
  }

  const ORDER: readonly { name: string; vm: VmOverrides; image: ImageOverrides; body: object; says: RegExp }[] = [
    {
      name: 'the status before the password',
      vm: { status: 'running' },
      image: {},
      body: { password: 'short' },
      says: /Please stop/,
    },
    {
      name: 'the password before the key',
      vm: {},
      image: {},
      body: { password: 'short', keyNames: ['x'] },
      says: /Invalid password/,
    },
    {
      name: 'the key before metadata',
      vm: {},
      image: {},
      body: { keyNames: ['x'], metadata: [{ key: '-', value: '' }] },
      says: /Keypair/,
    },
    {
      name: 'metadata before the system disk',
      vm: { systemDisk: null },
      image: {},
      body: { metadata: [{ key: '-', value: '' }] },
      says: /metadata/,
    },
    {
      name: 'the system disk before the image',
      vm: { systemDisk: null },
      image: {},
      body: { imageId: 'img-x' },
      says: /System disk/,
    },
    {
      name: 'the image status before its disk kind',
      vm: {},
      image: { status: 'error', rootDeviceType: 'localDisk' },
      body: {},
      says: /image status/,
    },
    {
      name: 'the disk kind before the instance type',
      vm: {},
      image: { rootDeviceType: 'localDisk', architecture: 'arm64' },
      body: {},
      says: /local system disk/,
    },
    {
      name: 'the instance type before encryption',
      vm: {},
      image: { architecture: 'arm64', encrypted: true },
      body: {},
      says: /instanceType/,
    },
    {
      name: 'encryption before the size',
      vm: {},
      image: { encrypted: true, systemDiskSizeGB: 100 },
      body: {},
      says: /encryption/,
    },
  ];
  for (const { name, says, ...row } of ORDER) {
    it(`checks ${name}`, async (t) => {
      const simulator = await start(t, row);
      const received = await act(simulator, ID, 'rebuildInstance', {
        imageId: 'img-new',
        imageInherit: 'yes',
        ...row.body,
      });

      assert.match(gist(received), says);
    });
  }
});
