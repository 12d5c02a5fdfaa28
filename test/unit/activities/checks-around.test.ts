import { describe } from 'node:test';
import { claimRows, type Row } from './check-rows.js';
import { cloudDisk } from './facts.js';

const quota = (limit: number | null, used: number | null) => ({ resourceType: 'image', limit, used });
const BACKED_UP = { backup: 'image' } as const;
const full: Row['issues'] = [['backup-quota', 'backup']];
const BACKUP: readonly Row[] = [
  { name: 'that is not asked for, the quota used up', given: { imageQuota: quota(5, 5) }, issues: [] },
  { name: 'with a place left', given: { request: BACKED_UP, imageQuota: quota(5, 4) }, issues: [] },
  {
    name: 'with none left',
    given: { request: BACKED_UP, imageQuota: quota(5, 5) },
    issues: full,
    says: /5 of 5 private images/,
  },
  { name: 'with none at all', given: { request: BACKED_UP, imageQuota: quota(0, 0) }, issues: full },
  {
    name: 'whose quota says no limit',
    given: { request: BACKED_UP, imageQuota: quota(null, 9) },
    issues: [],
  },
  { name: 'whose quota says no use', given: { request: BACKED_UP, imageQuota: quota(0, null) }, issues: [] },
  { name: 'whose quota JD Cloud does not tell', given: { request: BACKED_UP, imageQuota: null }, issues: [] },
  { name: 'whose quota was not read', given: { request: BACKED_UP }, issues: [] },
  {
    name: 'of a VM without a system disk',
    given: { request: BACKED_UP, instance: { systemDisk: null } },
    issues: [
      ['system-disk', null],
      ['backup', 'backup'],
    ],
    says: /no system disk that a backup/,
  },
];

const FREEZE: readonly Row[] = [
  {
    name: 'under way',
    given: { freeze: { by: 'ann', reason: 'audit', since: '2026-11-24T00:00:00Z' } },
    issues: [['frozen', null]],
    says: /ann.*audit/,
  },
];

const LEFT: readonly Row[] = [
  ...['running', 'stopped', 'stopping', 'starting'].map((status): Row => ({
    name: status,
    given: { instance: { status }, powerBefore: 'running' },
    issues: [],
  })),
  ...['rebuilding', 'error', null].map((status): Row => ({
    name: status ?? 'without a status',
    given: { instance: { status }, powerBefore: 'running' },
    issues: [['instance-status', null]],
  })),
];

const LOGIN: readonly Row[] = [
  {
    name: 'a password with Administrator in it, on Windows',
    given: {
      image: { osType: 'windows', platform: 'Windows Server' },
      keypair: undefined,
      request: { passwordRef: 'env:PASSWORD', keyNames: [] },
      password: { value: 'Zx9!administrator2' },
    },
    issues: [['password', 'passwordRef']],
    says: /user name Administrator/,
  },
  {
    name: 'metadata where nobody can read what the VM has',
    given: { request: { metadata: [{ key: 'new', value: 'v' }] }, customData: null },
    issues: [['metadata', 'metadata']],
    says: /cannot be read and would be lost/,
  },
  { name: 'no metadata where nobody can read what the VM has', given: { customData: null }, issues: [] },
  {
    name: 'a request id on a VM that carries no marker',
    given: { request: { requestId: 'ticket-7' } },
    issues: [],
  },
  {
    name: 'no request id on a VM that carries a marker',
    given: { customData: { metadata: [{ key: 'reimage-operation', value: 'ticket-7' }] } },
    issues: [],
  },
];

const MACHINE: readonly Row[] = [
  {
    name: 'of a disk kind that JD Cloud does not tell',
    given: {
      instance: { systemDisk: { ...cloudDisk({}), diskCategory: null } },
      image: { rootDeviceType: 'localDisk' },
    },
    issues: [],
  },
  {
    name: 'larger than a disk of no size',
    given: { instance: { systemDisk: cloudDisk({ diskSizeGB: null }) }, image: { systemDiskSizeGB: 4_000 } },
    issues: [],
  },
  {
    name: 'encrypted like the disk',
    given: {
      image: { systemDisk: cloudDisk({ encrypted: true }) },
      instance: { systemDisk: cloudDisk({ encrypted: true }) },
    },
    issues: [],
  },
  {
    name: 'encrypted where the disk does not say',
    given: {
      image: { systemDisk: cloudDisk({ encrypted: true }) },
      instance: { systemDisk: cloudDisk({ encrypted: null }) },
    },
    issues: [],
  },
  {
    name: 'with limits, of a VM without an instance type',
    given: {
      instance: { instanceType: null },
      constraints: { imageInstanceTypeConstraint: { constraintsType: 'includes', instanceTypes: ['g.n2.large'] } },
    },
    issues: [],
  },
  {
    name: 'tagged by others, of a VM that nobody protects',
    given: { instance: { tags: [{ key: 'tier', value: 'web' }] } },
    issues: [],
  },
];

describe('what speaks against a rebuild, around the VM', () => {
  claimRows('a backup', BACKUP);
  claimRows('a freeze', FREEZE);
  claimRows('a VM that an earlier run has left', LEFT);
  claimRows('', LOGIN);
  claimRows('an image', MACHINE);
});
