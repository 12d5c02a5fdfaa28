import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makePlan } from '../../../activities/rebuild/plan-rebuild.js';
import { claimRows, type Row } from './check-rows.js';
import { facts, type FactsOverrides } from './facts.js';

const WINDOWS = { osType: 'windows', platform: 'Windows Server' };
const PASSWORD = { value: 'Zx9!kT2#mW' };
const rollback = { onFailure: 'rollback' } as const;
const hold = { onFailure: 'hold' } as const;
const heldThenBack = { ...hold, hold: { atDeadline: 'rollback' } } as const;
const both = { passwordRef: 'env:P', keyNames: ['ops'] };
const REFUSED = [['rollback-source', 'onFailure']] as const;

const OF_WINDOWS: readonly (readonly [name: string, given: FactsOverrides])[] = [
  ['by its platform', { instance: { platform: 'Windows Server 2022' } }],
  ['by the image that it has', { formerImage: WINDOWS }],
  ['by the platform of that image', { formerImage: { osType: '', platform: 'Windows Server 2022' } }],
];

const ONLY_OTHERS = {
  imageInstanceTypeConstraint: { constraintsType: 'includes', instanceTypes: ['g.n3.large'] },
};

const ROWS: readonly Row[] = [
  { name: 'a former image that is there', given: { request: rollback, formerImage: {} }, issues: [] },
  {
    name: 'a former image that is gone',
    given: { request: rollback, formerImage: null },
    issues: REFUSED,
    says: /img-old/,
  },
  {
    name: 'one that is gone, for a hold that ends in a rollback',
    given: { request: heldThenBack, formerImage: null },
    issues: REFUSED,
  },
  { name: 'one that is gone, where nobody asks for a rollback', given: { formerImage: null }, issues: [] },
  {
    name: 'one that is gone, for a hold that a person decides',
    given: { request: hold, formerImage: null },
    issues: [],
  },
  {
    name: 'one that is gone, with a backup',
    given: { request: { ...rollback, backup: 'image' }, formerImage: null },
    issues: [],
  },
  {
    name: 'one that is being deleted',
    given: { request: rollback, formerImage: { status: 'deleting' } },
    issues: REFUSED,
    says: /is deleting/,
  },
  { name: 'one that is offline', given: { request: rollback, formerImage: { offline: true } }, issues: REFUSED },
  {
    name: 'one that has expired',
    given: { request: rollback, formerImage: { expiredTime: '2026-11-01T00:00:00Z' } },
    issues: REFUSED,
  },
  {
    name: 'one that does not fit any more',
    given: { request: rollback, formerImage: { systemDiskSizeGB: 80 } },
    issues: REFUSED,
    says: /80 GiB/,
  },
  {
    name: 'one of Windows, by key alone',
    given: { request: rollback, formerImage: WINDOWS },
    issues: REFUSED,
    says: /Windows is entered by password/,
  },
  {
    name: 'one of Windows, by key and password',
    given: { request: { ...rollback, ...both }, formerImage: WINDOWS, password: PASSWORD },
    issues: [],
  },
  {
    name: 'one of Windows, by a password that has its user name in it',
    given: {
      request: { ...rollback, ...both },
      formerImage: WINDOWS,
      password: { value: 'Zx9!Administrator#' },
    },
    issues: REFUSED,
    says: /Administrator/,
  },
  {
    name: 'a backup of Windows, by key alone',
    given: { request: { ...rollback, backup: 'image' }, instance: WINDOWS },
    issues: REFUSED,
    says: /passwordRef/,
  },
  {
    name: 'a backup of Windows, by password',
    given: { request: { ...rollback, ...both, backup: 'image' }, instance: WINDOWS, password: PASSWORD },
    issues: [],
  },
  ...OF_WINDOWS.map(([name, given]): Row => ({
    name: `a backup of what is Windows ${name}, by key alone`,
    given: { request: { ...rollback, backup: 'image' }, ...given },
    issues: REFUSED,
  })),
  {
    name: 'a backup of Windows that Windows is put on anew, by key alone',
    given: { request: { ...rollback, backup: 'image' }, instance: { imageId: 'img-new' }, image: WINDOWS },
    issues: [['platform-login', 'passwordRef'], ['platform-login', 'keyNames'], ...REFUSED],
  },
  {
    name: 'a former image that does not run on the VM any more',
    given: { request: rollback, formerImage: {}, formerConstraints: ONLY_OTHERS },
    issues: REFUSED,
    says: /does not run on instance type g\.n2\.large/,
  },
  {
    name: 'one that is gone, for what a hold would do, where nothing is held',
    given: { request: { hold: { atDeadline: 'rollback' } }, formerImage: null },
    issues: [],
  },
  { name: 'a former image that may not be read', given: { request: rollback }, issues: [] },
  { name: 'a backup that is there', given: { backupImage: {}, request: { backup: 'image' } }, issues: [] },
  {
    name: 'a backup that is gone',
    given: { backupImage: null, request: { backup: 'image' } },
    issues: [['backup', 'backup']],
    says: /no erase/,
  },
  {
    name: 'a backup that is broken',
    given: { backupImage: { status: 'error' }, request: { backup: 'image' } },
    issues: [['backup', 'backup']],
  },
];

const TOLD: readonly { name: string; given: FactsOverrides; says: readonly RegExp[] }[] = [
  {
    name: 'a hold whose former image is gone',
    given: { request: hold, formerImage: null },
    says: [/should a rollback be decided: .*img-old/],
  },
  { name: 'a fleet that puts itself back', given: { isFleetRolledBack: true, formerImage: null }, says: [/img-old/] },
  { name: 'a former image that may not be read', given: { request: rollback }, says: [/may not be read/] },
  {
    name: 'a login inside the former image',
    given: { request: { ...rollback, imageInherit: 'yes', keyNames: undefined }, keypair: undefined, formerImage: {} },
    says: [/login of its own/],
  },
  {
    name: 'a former image of another account',
    given: { request: rollback, formerImage: { imageSource: 'shared' } },
    says: [/may withdraw it/],
  },
  {
    name: 'a former image of the community',
    given: { request: rollback, formerImage: { imageSource: 'community' } },
    says: [/may withdraw it/],
  },
  {
    name: 'nothing, where a backup is made',
    given: { request: { ...rollback, backup: 'image' }, formerImage: null },
    says: [],
  },
  {
    name: 'the same image, without a backup',
    given: { request: { ...rollback, imageId: 'img-old' }, image: { imageId: 'img-old' } },
    says: [/would not be rolled back/],
  },
  {
    name: 'an image that nobody tells',
    given: { request: rollback, instance: { imageId: null } },
    says: [/does not say which image/],
  },
  { name: 'nothing, where all is well', given: { request: rollback, formerImage: {} }, says: [] },
  { name: 'nothing, where nothing is put back', given: { formerImage: null }, says: [] },
];

describe('the way back', () => {
  claimRows('', ROWS);
  for (const { name, given, says } of TOLD)
    it(`is warned of: ${name}`, () => {
      const told = makePlan(facts(given)).warnings.filter(({ code }) => code === 'rollback-source');
      assert.equal(told.length, says.length, JSON.stringify(told));
      for (const [at, pattern] of says.entries()) assert.match(told[at]?.message ?? '', pattern);
    });
});
