import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findIssues } from '../../../activities/checks/validate.js';
import { claimRows, type Row } from './check-rows.js';
import { cloudDisk, facts, type FactsOverrides } from './facts.js';

const includes = (instanceTypes: string[]) => ({
  imageInstanceTypeConstraint: { constraintsType: 'includes', instanceTypes },
});
const excludes = (instanceTypes: string[]) => ({
  imageInstanceTypeConstraint: { constraintsType: 'excludes', instanceTypes },
});

const atElasticIp: FactsOverrides = {
  request: {
    healthChecks: [
      { kind: 'tcp', port: 22 },
      { kind: 'http', url: 'http://{elasticIp}/' },
    ],
  },
  instance: { privateIpAddress: '10.0.0.4' },
};
const HEALTH_CHECKS: readonly Row[] = [
  {
    name: 'at an address that the VM lacks',
    given: { ...atElasticIp, isBeginning: true },
    issues: [['health-check', 'healthChecks.1']],
    says: /GET http:\/\/\{elasticIp\}\/ cannot be made: the VM has no elastic IP address/,
  },
  {
    name: 'at an address that the VM has lost since the rebuild began',
    given: atElasticIp,
    issues: [],
  },
];

const notAfter = { begin: '2026-11-24T11:59:00Z', erase: '2026-11-24T12:30:00Z' };
const closed: FactsOverrides = { request: { notAfter: { ...notAfter, erase: '2026-11-24T11:59:59Z' } } };
const WINDOW: readonly Row[] = [
  { name: 'that is open for its erase still', given: { request: { notAfter } }, issues: [] },
  {
    name: 'at the very moment of its close',
    given: { request: { notAfter: { ...notAfter, erase: '2026-11-24T12:00:00Z' } } },
    issues: [],
  },
  {
    name: 'in which it should have begun',
    given: { request: { notAfter }, isBeginning: true },
    issues: [['window-closed', 'notAfter']],
    says: /was to begin by 2026-11-24T11:59:00Z, and it is 2026-11-24T12:00:00.000Z/,
  },
  { name: 'in which it should have erased', given: closed, issues: [['window-closed', 'notAfter']], says: /to erase/ },
];

const FORMER: readonly Row[] = [
  { name: 'that is one of those', given: { request: { onlyFromImages: ['img-x', 'img-old'] } }, issues: [] },
  {
    name: 'that is none of those',
    given: { request: { onlyFromImages: ['img-x'] } },
    issues: [['image-changed', 'onlyFromImages']],
    says: /has image img-old, and the rebuild was asked for one that has img-x/,
  },
  {
    name: 'that nobody knows',
    given: { request: { onlyFromImages: ['img-x'] }, instance: { imageId: null } },
    issues: [['image-changed', 'onlyFromImages']],
  },
];

const INSTANCE: readonly Row[] = [
  { name: 'running', given: {}, issues: [] },
  { name: 'stopped', given: { instance: { status: 'stopped' } }, issues: [] },
  ...['pending', 'starting', 'stopping', 'rebooting', 'rebuilding', 'resizing', 'deleting', 'error', 'new-word'].map(
    (status): Row => ({
      name: status,
      given: { instance: { status } },
      issues: [['instance-status', null]],
      says: new RegExp(status),
    }),
  ),
  { name: 'without a status', given: { instance: { status: null } }, issues: [['instance-status', null]] },
  { name: 'not charged at all', given: { instance: { charge: null } }, issues: [] },
  ...['arrear', 'expired', 'deleted'].map((chargeStatus): Row => ({
    name: `whose charge is ${chargeStatus}`,
    given: { instance: { charge: { chargeStatus } } },
    issues: [['instance-charge', null]],
    says: new RegExp(chargeStatus),
  })),
  {
    name: 'that is protected, its reason told',
    given: { instance: { tags: [{ key: 'Reimage-Protected', value: 'holds the ledger' }] } },
    issues: [['protected', 'overrideProtection']],
    says: /holds the ledger/,
  },
  {
    name: 'that is protected without a reason',
    given: { instance: { tags: [{ key: 'reimage-protected' }] } },
    issues: [['protected', 'overrideProtection']],
  },
  ...[
    ' reimage-protected ',
    'REIMAGE-PROTECTED',
    'reimage protected',
    'reimage_protected',
    'ｒeimage-protected\u200b',
  ].map((key): Row => ({
    name: `that is protected by the tag ${JSON.stringify(key)}`,
    given: { instance: { tags: [{ key, value: 'pet' }] } },
    issues: [['protected', 'overrideProtection']],
    says: /pet/,
  })),
  {
    name: 'with a tag that only begins as the protection does',
    given: { instance: { tags: [{ key: 'reimage-protected-until' }] } },
    issues: [],
  },
  {
    name: 'that is protected, for somebody who says why',
    given: {
      instance: { tags: [{ key: 'reimage-protected', value: 'holds the ledger' }] },
      request: { overrideProtection: 'ledger was moved' },
    },
    issues: [],
  },
  { name: 'without a system disk', given: { instance: { systemDisk: null } }, issues: [['system-disk', null]] },
  {
    name: 'whose system disk is being detached',
    given: { instance: { systemDisk: cloudDisk({}, { status: 'detaching' }) } },
    issues: [['system-disk', null]],
    says: /detaching/,
  },
  {
    name: 'whose system disk has no status',
    given: { instance: { systemDisk: cloudDisk({}, { status: null }) } },
    issues: [],
  },
  {
    name: 'that reports no image, where none is named',
    given: { request: { imageId: undefined }, instance: { imageId: null }, image: null },
    issues: [['image-not-found', 'imageId']],
    says: /name the image/,
  },
];

const IMAGE: readonly Row[] = [
  { name: 'that is not there', given: { image: null }, issues: [['image-not-found', 'imageId']], says: /img-new/ },
  {
    name: "that is not there, the VM's own",
    given: { request: { imageId: undefined }, image: null },
    issues: [['image-deleted', 'imageId']],
    says: /own image img-old/,
  },
  ...['pending', 'deleting', 'error'].map((status): Row => ({
    name: `that is ${status}`,
    given: { image: { status } },
    issues: [['image-status', 'imageId']],
  })),
  { name: 'without a status', given: { image: { status: null } }, issues: [] },
  { name: 'that is offline', given: { image: { offline: true } }, issues: [['image-offline', 'imageId']] },
  {
    name: 'that expired a second ago',
    given: { image: { expiredTime: '2026-11-24T11:59:59Z' } },
    issues: [['image-expired', 'imageId']],
  },
  { name: 'that expires in a second', given: { image: { expiredTime: '2026-11-24T12:00:01Z' } }, issues: [] },
  {
    name: 'that expired a second ago by Beijing time',
    given: { image: { expiredTime: '2026-11-24 19:59:59' } },
    issues: [['image-expired', 'imageId']],
  },
  {
    name: 'that expires in a second by Beijing time',
    given: { image: { expiredTime: '2026-11-24 20:00:01' } },
    issues: [],
  },
  {
    name: 'that expires at this very moment',
    given: { image: { expiredTime: '2026-11-24T12:00:00Z' } },
    issues: [['image-expired', 'imageId']],
  },
  {
    name: 'whose expiry cannot be read',
    given: { image: { expiredTime: 'soon' } },
    issues: [['image-expired', 'imageId']],
  },
];

const MACHINE: readonly Row[] = [
  {
    name: 'for local disks',
    given: { image: { rootDeviceType: 'localDisk' } },
    issues: [['disk-type', 'imageId']],
    says: /local.*cloud/,
  },
  { name: 'of no disk kind', given: { image: { rootDeviceType: null } }, issues: [] },
  { name: 'as large as the disk', given: { image: { systemDiskSizeGB: 40 } }, issues: [] },
  {
    name: 'a GiB larger than the disk',
    given: { image: { systemDiskSizeGB: 41 } },
    issues: [['disk-size', 'imageId']],
    says: /41.*40/,
  },
  {
    name: 'larger than a local disk',
    given: {
      instance: { systemDisk: { diskCategory: 'local', status: 'attached', localDisk: { diskSizeGB: 40 } } },
      image: { rootDeviceType: 'localDisk', systemDiskSizeGB: 50 },
    },
    issues: [['disk-size', 'imageId']],
  },
  { name: 'of no size', given: { image: { systemDiskSizeGB: null } }, issues: [] },
  {
    name: 'encrypted where the disk is not',
    given: { image: { systemDisk: cloudDisk({ encrypted: true }) } },
    issues: [['encryption', 'imageId']],
    says: /is encrypted.*not encrypted/,
  },
  {
    name: 'not encrypted where the disk is',
    given: {
      image: { systemDisk: cloudDisk({}) },
      instance: { systemDisk: cloudDisk({ encrypted: true }) },
    },
    issues: [['encryption', 'imageId']],
  },
  {
    name: 'that does not say whether it is encrypted',
    given: { instance: { systemDisk: cloudDisk({ encrypted: true }) } },
    issues: [],
  },
  {
    name: 'for another architecture',
    given: { image: { architecture: 'arm64' } },
    issues: [['architecture', 'imageId']],
    says: /arm64.*x86_64/,
  },
  { name: 'for another boot mode', given: { image: { bootMode: 'uefi' } }, issues: [['boot-mode', 'imageId']] },
  {
    name: 'for a VM that tells neither architecture nor boot mode',
    given: { instance: { architecture: null, bootMode: null } },
    issues: [],
  },
  {
    name: 'that excludes the instance type',
    given: { constraints: excludes(['g.n2.large']) },
    issues: [['instance-type', 'imageId']],
    says: /g\.n2\.large/,
  },
  { name: 'that excludes another instance type', given: { constraints: excludes(['g.n2.xlarge']) }, issues: [] },
  { name: 'that includes the instance type', given: { constraints: includes(['g.n2.large']) }, issues: [] },
  {
    name: 'that includes other instance types only',
    given: { constraints: includes(['g.n2.xlarge']) },
    issues: [['instance-type', 'imageId']],
  },
  { name: 'without limits', given: { constraints: {} }, issues: [] },
];

const TABLES = [
  ['a VM', INSTANCE],
  ['an image', IMAGE],
  ['an image', MACHINE],
  ['a window', WINDOW],
  ['a former image', FORMER],
  ['health checks, one of them', HEALTH_CHECKS],
] as const;

describe('what speaks against a rebuild', () => {
  for (const [thing, rows] of TABLES) claimRows(thing, rows);

  it('is told all at once', () => {
    const found = findIssues(
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
});
