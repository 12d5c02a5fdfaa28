import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findMisfits } from '../../activities/checks/find-misfits.js';
import type { Misfit } from '../../contracts/rebuild-plan.js';
import { cloudDisk, type FactsOverrides, facts, pairs } from './facts.js';

interface Row {
  readonly name: string;
  readonly given: FactsOverrides;
  /** Code of each misfit and the field that is to be changed. */
  readonly misfits: readonly (readonly [code: Misfit['code'], field: string | null])[];
  /** What the message must hold, so that a person knows what to do. */
  readonly says?: RegExp;
}

const GOOD = { value: 'Zx9!kT2#mW' };
const windows = { osType: 'windows', platform: 'Windows Server' };
const byPassword = { passwordRef: 'env:PASSWORD', keyNames: [] };
const onWindows = { image: windows, keypair: undefined, password: GOOD };
const includes = (instanceTypes: string[]) => ({
  imageInstanceTypeConstraint: { constraintsType: 'includes', instanceTypes },
});
const excludes = (instanceTypes: string[]) => ({
  imageInstanceTypeConstraint: { constraintsType: 'excludes', instanceTypes },
});

const INSTANCE: readonly Row[] = [
  { name: 'running', given: {}, misfits: [] },
  { name: 'stopped', given: { instance: { status: 'stopped' } }, misfits: [] },
  ...['pending', 'starting', 'stopping', 'rebooting', 'rebuilding', 'resizing', 'deleting', 'error', 'new-word'].map(
    (status): Row => ({
      name: status,
      given: { instance: { status } },
      misfits: [['instance-status', null]],
      says: new RegExp(status),
    }),
  ),
  { name: 'without a status', given: { instance: { status: null } }, misfits: [['instance-status', null]] },
  { name: 'not charged at all', given: { instance: { charge: null } }, misfits: [] },
  ...['arrear', 'expired', 'deleted'].map((chargeStatus): Row => ({
    name: `whose charge is ${chargeStatus}`,
    given: { instance: { charge: { chargeStatus } } },
    misfits: [['instance-charge', null]],
    says: new RegExp(chargeStatus),
  })),
  { name: 'without a system disk', given: { instance: { systemDisk: null } }, misfits: [['system-disk', null]] },
  {
    name: 'whose system disk is being detached',
    given: { instance: { systemDisk: cloudDisk({}, { status: 'detaching' }) } },
    misfits: [['system-disk', null]],
    says: /detaching/,
  },
  {
    name: 'whose system disk has no status',
    given: { instance: { systemDisk: cloudDisk({}, { status: null }) } },
    misfits: [],
  },
  {
    name: 'that reports no image, where none is named',
    given: { request: { imageId: undefined }, instance: { imageId: null }, image: null },
    misfits: [['image-not-found', 'imageId']],
    says: /name the image/,
  },
];

const IMAGE: readonly Row[] = [
  { name: 'that is not there', given: { image: null }, misfits: [['image-not-found', 'imageId']], says: /img-new/ },
  {
    name: "that is not there, the VM's own",
    given: { request: { imageId: undefined }, image: null },
    misfits: [['image-not-found', 'imageId']],
    says: /own image img-old/,
  },
  ...['pending', 'deleting', 'error'].map((status): Row => ({
    name: `that is ${status}`,
    given: { image: { status } },
    misfits: [['image-status', 'imageId']],
  })),
  { name: 'without a status', given: { image: { status: null } }, misfits: [] },
  { name: 'that is offline', given: { image: { offline: true } }, misfits: [['image-offline', 'imageId']] },
  {
    name: 'that expired a second ago',
    given: { image: { expiredTime: '2026-11-24T11:59:59Z' } },
    misfits: [['image-expired', 'imageId']],
  },
  { name: 'that expires in a second', given: { image: { expiredTime: '2026-11-24T12:00:01Z' } }, misfits: [] },
  {
    name: 'that expired a second ago by Beijing time',
    given: { image: { expiredTime: '2026-11-24 19:59:59' } },
    misfits: [['image-expired', 'imageId']],
  },
  {
    name: 'that expires in a second by Beijing time',
    given: { image: { expiredTime: '2026-11-24 20:00:01' } },
    misfits: [],
  },
  {
    name: 'whose expiry cannot be read',
    given: { image: { expiredTime: 'soon' } },
    misfits: [['image-expired', 'imageId']],
  },
];

const MACHINE: readonly Row[] = [
  {
    name: 'for local disks',
    given: { image: { rootDeviceType: 'localDisk' } },
    misfits: [['disk-type', 'imageId']],
    says: /local.*cloud/,
  },
  { name: 'of no disk kind', given: { image: { rootDeviceType: null } }, misfits: [] },
  { name: 'as large as the disk', given: { image: { systemDiskSizeGB: 40 } }, misfits: [] },
  {
    name: 'a GiB larger than the disk',
    given: { image: { systemDiskSizeGB: 41 } },
    misfits: [['disk-size', 'imageId']],
    says: /41.*40/,
  },
  {
    name: 'larger than a local disk',
    given: {
      instance: { systemDisk: { diskCategory: 'local', status: 'attached', localDisk: { diskSizeGB: 40 } } },
      image: { rootDeviceType: 'localDisk', systemDiskSizeGB: 50 },
    },
    misfits: [['disk-size', 'imageId']],
  },
  { name: 'of no size', given: { image: { systemDiskSizeGB: null } }, misfits: [] },
  {
    name: 'encrypted where the disk is not',
    given: { image: { systemDisk: cloudDisk({ encrypted: true }) } },
    misfits: [['encryption', 'imageId']],
    says: /is encrypted.*not encrypted/,
  },
  {
    name: 'not encrypted where the disk is',
    given: {
      image: { systemDisk: cloudDisk({}) },
      instance: { systemDisk: cloudDisk({ encrypted: true }) },
    },
    misfits: [['encryption', 'imageId']],
  },
  {
    name: 'that does not say whether it is encrypted',
    given: { instance: { systemDisk: cloudDisk({ encrypted: true }) } },
    misfits: [],
  },
  {
    name: 'for another architecture',
    given: { image: { architecture: 'arm64' } },
    misfits: [['architecture', 'imageId']],
    says: /arm64.*x86_64/,
  },
  { name: 'for another boot mode', given: { image: { bootMode: 'uefi' } }, misfits: [['boot-mode', 'imageId']] },
  {
    name: 'for a VM that tells neither architecture nor boot mode',
    given: { instance: { architecture: null, bootMode: null } },
    misfits: [],
  },
  {
    name: 'that excludes the instance type',
    given: { constraints: excludes(['g.n2.large']) },
    misfits: [['instance-type', 'imageId']],
    says: /g\.n2\.large/,
  },
  { name: 'that excludes another instance type', given: { constraints: excludes(['g.n2.xlarge']) }, misfits: [] },
  { name: 'that includes the instance type', given: { constraints: includes(['g.n2.large']) }, misfits: [] },
  {
    name: 'that includes other instance types only',
    given: { constraints: includes(['g.n2.xlarge']) },
    misfits: [['instance-type', 'imageId']],
  },
  { name: 'without limits', given: { constraints: {} }, misfits: [] },
];

const LOGIN: readonly Row[] = [
  { name: 'a key that is not there', given: { keypair: null }, misfits: [['key-not-found', 'keyNames']], says: /ops/ },
  { name: 'a good password', given: { request: byPassword, keypair: undefined, password: GOOD }, misfits: [] },
  {
    name: 'a password that cannot be read',
    given: { request: byPassword, keypair: undefined, password: { problem: 'the variable is not set' } },
    misfits: [['password', 'passwordRef']],
    says: /the variable is not set/,
  },
  {
    name: 'a password that breaks two rules',
    given: { request: byPassword, keypair: undefined, password: { value: 'zx!' } },
    misfits: [
      ['password', 'passwordRef'],
      ['password', 'passwordRef'],
    ],
  },
  {
    name: 'a password with the user name of Linux in it',
    given: { request: byPassword, keypair: undefined, password: { value: 'Zx9!rootT2#' } },
    misfits: [['password', 'passwordRef']],
    says: /user name root/,
  },
  {
    name: 'a password with root in it, on Windows',
    given: { ...onWindows, request: byPassword, password: { value: 'Zx9!rootT2#' } },
    misfits: [],
  },
  { name: 'a password on Windows', given: { ...onWindows, request: byPassword }, misfits: [] },
  {
    name: 'Windows, told by its platform alone, without a password',
    given: { image: { ...windows, osType: null }, keypair: undefined, request: { keyNames: [], imageInherit: 'yes' } },
    misfits: [['platform-login', 'passwordRef']],
  },
  {
    name: 'a key on Windows',
    given: { image: windows, password: GOOD, request: { passwordRef: 'env:PASSWORD' } },
    misfits: [['platform-login', 'keyNames']],
  },
  {
    name: 'passWordAuth no on Windows',
    given: { ...onWindows, request: { ...byPassword, passWordAuth: 'no' } },
    misfits: [['platform-login', 'passWordAuth']],
  },
  { name: 'a host name with a dot on Linux', given: { request: { hostname: 'db-1.shop' } }, misfits: [] },
  {
    name: 'a host name with a dot on Windows',
    given: { ...onWindows, request: { ...byPassword, hostname: 'db-1.shop' } },
    misfits: [['hostname', 'hostname']],
  },
  {
    name: 'a host name of 16 characters on Windows',
    given: { ...onWindows, request: { ...byPassword, hostname: 'a234567890123456' } },
    misfits: [['hostname', 'hostname']],
  },
  {
    name: "metadata that fills up the VM's own",
    given: { request: { metadata: [{ key: 'new', value: 'v' }] }, customData: { metadata: pairs(39) } },
    misfits: [],
  },
  {
    name: "metadata that overfills the VM's own",
    given: { request: { metadata: [{ key: 'new', value: 'v' }] }, customData: { metadata: pairs(40) } },
    misfits: [['metadata', 'metadata']],
    says: /41.*40/,
  },
  {
    name: "metadata that takes the place of the VM's own, whatever its case",
    given: { request: { metadata: [{ key: 'KEY-0', value: 'v' }] }, customData: { metadata: pairs(40) } },
    misfits: [],
  },
  {
    name: 'a VM with 40 pairs of its own and none asked for',
    given: { customData: { metadata: pairs(40) } },
    misfits: [],
  },
];

const TABLES = [
  ['a VM', INSTANCE],
  ['an image', IMAGE],
  ['an image', MACHINE],
  ['', LOGIN],
] as const;

describe('what speaks against a rebuild', () => {
  for (const [thing, rows] of TABLES) {
    for (const { name, given, misfits, says } of rows) {
      const codes = misfits.map(([code]) => code).join(' and ') || 'nothing';
      it(`${thing} ${name}: ${codes}`.trim(), () => {
        const found = findMisfits(facts(given));

        assert.deepEqual(
          found.map(({ code, field }) => [code, field]),
          misfits,
        );
        if (says !== undefined) assert.match(found.map(({ message }) => message).join(' '), says);
      });
    }
  }

  it('is told all at once', () => {
    const found = findMisfits(
      facts({
        instance: { status: 'error', charge: { chargeStatus: 'arrear' } },
        image: { status: 'pending', offline: true, systemDiskSizeGB: 80, architecture: 'arm64' },
        keypair: null,
      }),
    );
    const codes = found.map(({ code }) => code);
    assert.deepEqual(codes, [
      'instance-status',
      'instance-charge',
      'image-status',
      'image-offline',
      'disk-size',
      'architecture',
      'key-not-found',
    ]);
  });

  it('never holds the password', () => {
    const value = 'abc-ABC-123-root-password';
    const found = findMisfits(facts({ request: byPassword, keypair: undefined, password: { value } }));
    assert.ok(found.length > 1);
    for (const { message } of found) assert.ok(!message.includes(value));
  });
});
