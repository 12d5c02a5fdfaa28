import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { beforePowerCall, changedBy, changedByFailed, claimsOf } from '../../../workflows/decisions/claims.js';
import {
  afterRebuildCall,
  believedOfSilent,
  isSurelyNotOut,
  mayBeOnItsWay,
} from '../../../workflows/decisions/end-of-step.js';
import { holdsLock } from '../../../workflows/decisions/lock.js';
import { isAnothers, isNothingDone } from '../../../workflows/decisions/power-back.js';

describe('the end of a step that came to no report', () => {
  for (const [callMayBeOut, isSure] of [
    [false, true],
    [true, false],
    [undefined, false],
  ] as const)
    it(`that tells ${callMayBeOut ?? 'nothing'} of its call: ${isSure ? 'surely not out' : 'perhaps out'}`, () =>
      assert.equal(isSurelyNotOut({ type: 'Unexpected', callMayBeOut }), isSure));

  for (const [type, callMayBeOut, isReported, means] of [
    ['Cancelled', undefined, true, 'not-made'],
    ['JdCloudRefused', false, false, 'not-made'],
    ['RebuildOutcomeUnknown', true, false, 'unknown'],
    ['RebuildOutcomeUnknown', false, false, 'not-made'],
    ['DeadlineExceeded', undefined, false, 'find-out'],
    ['JdCloudUnavailable', true, false, 'find-out'],
  ] as const)
    it(`of the rebuild call, ${type}, perhaps out ${callMayBeOut}, reported ${isReported}: ${means}`, () =>
      assert.equal(afterRebuildCall({ type, callMayBeOut, isReported }), means));

  for (const [type, callMayBeOut, way] of [
    ['DeadlineExceeded', undefined, 'out-of-time'],
    ['CredentialsRefused', true, 'refused-later'],
    ['CredentialsRefused', false, 'no'],
    ['CredentialsRefused', undefined, 'no'],
    ['JdCloudRefused', true, 'no'],
  ] as const)
    it(`of a power call, ${type}, perhaps out ${callMayBeOut}: ${way}`, () =>
      assert.equal(mayBeOnItsWay({ type, callMayBeOut }), way));

  it('by silence: what it saw is believed, and not that no call is out', () => {
    const observed = { status: 'running', imageId: 'img-a', observedAt: '2026-11-30T00:00:00.000Z' };
    assert.deepEqual(believedOfSilent({ observed, callMayBeOut: false }), { observed });
  });
});

describe('what may be claimed of a VM', () => {
  const call = (operation: string) => ({ apiCalls: [{ operation, requestId: 'r' }] });
  for (const [name, report, unseen] of [
    ['no call', { apiCalls: [] }, 'nothing'],
    ['a stop', call('stopInstance'), 'power'],
    ['a start', call('startInstance'), 'power'],
    ['a rebuild', call('rebuildInstance'), 'power and image'],
    ['an image', call('createImage'), 'nothing'],
  ] as const)
    it(`after ${name}: ${unseen} unseen`, () => assert.equal(changedBy(report), unseen));

  for (const [operation, httpStatus, unseen] of [
    ['stopInstance', 500, 'power'],
    ['stopInstance', 499, 'nothing'],
    ['startInstance', 400, 'nothing'],
    ['startInstance', 399, 'power'],
    ['startInstance', null, 'power'],
    ['describeInstance', 500, 'nothing'],
    [null, null, 'nothing'],
  ] as const)
    it(`after ${operation} that failed by ${httpStatus}: ${unseen} unseen`, () =>
      assert.equal(changedByFailed({ operation, httpStatus }), unseen));

  it('before a power call: its power no more', () => {
    assert.deepEqual((['nothing', 'power', 'power and image'] as const).map(beforePowerCall), [
      'power',
      'power',
      'power and image',
    ]);
  });

  const observed = { imageId: 'img-a', status: 'running' };
  for (const [unseen, seen, claims] of [
    ['nothing', observed, observed],
    ['power', observed, { imageId: 'img-a', status: null }],
    ['power and image', observed, { imageId: null, status: null }],
    ['nothing', null, { imageId: null, status: null }],
  ] as const)
    it(`with ${unseen} unseen, ${seen === null ? 'never looked at' : 'seen before'}: ${JSON.stringify(claims)}`, () =>
      assert.deepEqual(claimsOf(unseen, seen), claims));
});

describe('an undo', () => {
  it('keeps off a VM that someone else acts on', () => {
    assert.equal(isAnothers({ type: 'ChangedUnderneath' }), true);
    assert.equal(isAnothers({ type: 'DeadlineExceeded' }), false);
  });

  for (const [type, isTouched, isNothing] of [
    ['CredentialsRefused', false, true],
    ['CredentialsRefused', true, false],
    ['JdCloudRefused', false, false],
  ] as const)
    it(`after ${type}, the VM ${isTouched ? '' : 'not '}touched, has ${isNothing ? 'nothing' : 'something'} to undo`, () =>
      assert.equal(isNothingDone({ type, isTouched }), isNothing));
});

describe('a lock', () => {
  it('is held under its own id alone', () => {
    assert.equal(holdsLock('rebuild:cn-north-1:i-1', 'rebuild:cn-north-1:i-1'), true);
    assert.equal(holdsLock('rebuild:cn-north-1:i-1-2026', 'rebuild:cn-north-1:i-1'), false);
  });
});
