import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findIssues, userdataWarnings } from '../../../activities/checks/validate.js';
import { claimRows, type Row } from './check-rows.js';
import { facts, pairs } from './facts.js';

const GOOD = { value: 'Zx9!kT2#mW' };
const windows = { osType: 'windows', platform: 'Windows Server' };
const byPassword = { passwordRef: 'env:PASSWORD', keyNames: [] };
const onWindows = { image: windows, keypair: undefined, password: GOOD };
const LOGIN: readonly Row[] = [
  { name: 'a key that is not there', given: { keypair: null }, issues: [['key-not-found', 'keyNames']], says: /ops/ },
  { name: 'a good password', given: { request: byPassword, keypair: undefined, password: GOOD }, issues: [] },
  {
    name: 'a password that will be generated',
    given: { request: byPassword, keypair: undefined, password: { isGenerated: true } },
    issues: [],
  },
  {
    name: 'a password that will be generated, on Windows',
    given: {
      ...onWindows,
      request: { passwordRef: 'generate:exec:store', keyNames: [] },
      password: { isGenerated: true },
    },
    issues: [],
  },
  {
    name: 'a password that cannot be read',
    given: { request: byPassword, keypair: undefined, password: { problem: 'the variable is not set' } },
    issues: [['password', 'passwordRef']],
    says: /the variable is not set/,
  },
  {
    name: 'a password that breaks two rules',
    given: { request: byPassword, keypair: undefined, password: { value: 'zx!' } },
    issues: [
      ['password', 'passwordRef'],
      ['password', 'passwordRef'],
    ],
  },
  {
    name: 'a password with the user name of Linux in it',
    given: { request: byPassword, keypair: undefined, password: { value: 'Zx9!rootT2#' } },
    issues: [['password', 'passwordRef']],
    says: /user name root/,
  },
  {
    name: 'a password with root in it, on Windows',
    given: { ...onWindows, request: byPassword, password: { value: 'Zx9!rootT2#' } },
    issues: [],
  },
  { name: 'a password on Windows', given: { ...onWindows, request: byPassword }, issues: [] },
  {
    name: 'Windows, told by its platform alone, without a password',
    given: { image: { ...windows, osType: null }, keypair: undefined, request: { keyNames: [], imageInherit: 'yes' } },
    issues: [['platform-login', 'passwordRef']],
  },
  {
    name: 'a key on Windows',
    given: { image: windows, password: GOOD, request: { passwordRef: 'env:PASSWORD' } },
    issues: [['platform-login', 'keyNames']],
  },
  {
    name: 'passWordAuth no on Windows',
    given: { ...onWindows, request: { ...byPassword, passWordAuth: 'no' } },
    issues: [['platform-login', 'passWordAuth']],
  },
  { name: 'a host name with a dot on Linux', given: { request: { hostname: 'db-1.shop' } }, issues: [] },
  {
    name: 'a host name with a dot on Windows',
    given: { ...onWindows, request: { ...byPassword, hostname: 'db-1.shop' } },
    issues: [['hostname', 'hostname']],
  },
  {
    name: 'a host name of 16 characters on Windows',
    given: { ...onWindows, request: { ...byPassword, hostname: 'a234567890123456' } },
    issues: [['hostname', 'hostname']],
  },
  {
    name: "metadata that fills up the VM's own",
    given: { request: { metadata: [{ key: 'new', value: 'v' }] }, customData: { metadata: pairs(39) } },
    issues: [],
  },
  {
    name: "metadata that overfills the VM's own",
    given: { request: { metadata: [{ key: 'new', value: 'v' }] }, customData: { metadata: pairs(40) } },
    issues: [['metadata', 'metadata']],
    says: /the metadata, with the VM's own, .*41.*40/,
  },
  {
    name: "a pair of the VM's own that JD Cloud takes no more",
    given: { customData: { metadata: [...pairs(2), { key: 'Team-', value: 'a' }] } },
    issues: [['metadata', null]],
    says: /would refuse the VM's own metadata, .*"Team-" ends in a dash.*console/,
  },
  {
    name: "a pair of the VM's own that another takes the place of",
    given: {
      request: { metadata: [{ key: 'a', value: 'v' }] },
      customData: { metadata: [{ key: 'A', value: 'x'.repeat(16_385) }] },
    },
    issues: [],
  },
  {
    name: "pairs of the VM's own that break every rule",
    given: {
      customData: {
        metadata: [
          ...pairs(39),
          { key: 'KEY-1', value: '' },
          { key: 'k'.repeat(257), value: '' },
          { key: 'large', value: 'é'.repeat(8_193) },
        ],
      },
    },
    issues: [
      ['metadata', null],
      ['metadata', null],
      ['metadata', null],
      ['metadata', null],
    ],
    says: /42 pairs.*"KEY-1" stands there twice.*over 256 characters.*"large" is over 16 KB/,
  },
  {
    name: "metadata that takes the place of the VM's own, whatever its case",
    given: { request: { metadata: [{ key: 'KEY-0', value: 'v' }] }, customData: { metadata: pairs(40) } },
    issues: [],
  },
  {
    name: 'a VM with 40 pairs of its own and none asked for',
    given: { customData: { metadata: pairs(40) } },
    issues: [],
  },
];

const MARKERS: readonly Row[] = (
  [
    ['by another request', 'ticket-7', 'ticket-8', false],
    ['by this very request', 'ticket-7', 'ticket-7', true],
    ['by the attempt before', 'fleet:web-1:2', 'fleet:web-1:1', false],
    ['by a later attempt of the fleet', 'fleet:web-1:2', 'fleet:web-1:10', true],
    ['by a later attempt, and rolled back', 'fleet:web-1:1', 'fleet:web-1:2:rollback-1', true],
    ['by this attempt, and rolled back', 'fleet:web-1:1', 'fleet:web-1:1:rollback-1', true],
    ['by an attempt of another fleet', 'fleet:web-1:1', 'fleet:web-2:3', false],
  ] as const
).map(([name, requestId, value, isRefused]) => ({
  name,
  given: { request: { requestId }, customData: { metadata: [{ key: 'reimage-operation', value }] } },
  issues: isRefused ? [['already-rebuilt', 'requestId']] : [],
}));

const script = (text: string) => ({
  userdata: [{ key: 'launch-script' as const, value: Buffer.from(text).toString('base64') }],
});
const POWERSHELL = '<powershell>Write-Host hi</powershell>';
const USERDATA: readonly Row[] = [
  { name: 'that Linux runs', given: { request: script('#!/bin/bash\n'), isBeginning: true }, issues: [] },
  {
    name: 'that nothing runs',
    given: { request: script('echo hi\n'), isBeginning: true },
    issues: [['userdata', 'userdata']],
    says: /is no script that JD Cloud runs: begin it with #!\/bin\/bash/,
  },
  {
    name: 'for Windows, on Linux',
    given: { request: script(POWERSHELL), isBeginning: true },
    issues: [['userdata', 'userdata']],
    says: /is for Windows; the image is Linux/,
  },
  {
    name: 'for Linux, on Windows',
    given: { ...onWindows, request: { ...byPassword, ...script('#!/bin/bash\n') }, isBeginning: true },
    issues: [['userdata', 'userdata']],
    says: /is for Linux; the image is Windows/,
  },
  {
    name: 'for Windows',
    given: { ...onWindows, request: { ...byPassword, ...script(POWERSHELL) }, isBeginning: true },
    issues: [],
  },
  {
    name: 'for Windows, and an image that is not there',
    given: { image: null, request: script(POWERSHELL), isBeginning: true },
    issues: [['image-not-found', 'imageId']],
  },
  { name: 'that is judged no more once the VM is touched', given: { request: script('echo hi\n') }, issues: [] },
];

describe('what speaks against a launch script', () => {
  claimRows('', USERDATA);

  for (const [text, codes] of [
    ['#!/bin/bash\n', []],
    ['#!/bin/sh\n', ['userdata-interpreter']],
    ['echo hi\n', []],
    [null, []],
  ] as const)
    it(`${JSON.stringify(text)} is warned of as ${codes.join() || 'nothing'}`, () => {
      const { request } = facts({ request: text === null ? {} : script(text) });
      assert.deepEqual(
        userdataWarnings({ request }).map(({ code }) => code),
        codes,
      );
    });
});

describe('what speaks against a rebuild of a VM that was rebuilt', () => claimRows('', MARKERS));

describe('what speaks against a login, a host name or metadata', () => {
  claimRows('', LOGIN);

  it('never holds the password', () => {
    const value = 'abc-ABC-123-root-password';
    const found = findIssues(facts({ request: byPassword, keypair: undefined, password: { value } }));
    assert.ok(found.length > 1);
    for (const { message } of found) assert.ok(!message.includes(value));
  });
});
