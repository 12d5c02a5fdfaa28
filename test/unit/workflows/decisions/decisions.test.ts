import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RebuildPlan } from '../../../../contracts/rebuild-plan.js';
import { afterLook, beforeCall, changedBy, changedByFailed, claimsOf } from '../../../../workflows/decisions/claims.js';
import {
  afterRebuildCall,
  believedOfSilent,
  isSurelyNotOut,
  mayBeOnItsWay,
} from '../../../../workflows/decisions/end-of-step.js';
import {
  isAnothers,
  isErasedByItself,
  isNothingDone,
  isRebuiltSince,
} from '../../../../workflows/decisions/power-back.js';
import { holdsLock } from '../../../../workflows/runtime/own-id.js';

describe('the end of a step that came to no report', () => {
  for (const [callMayBeInFlight, isSure] of [
    [false, true],
    [true, false],
    [undefined, false],
  ] as const)
    it(`that tells ${callMayBeInFlight ?? 'nothing'} of its call: ${isSure ? 'surely not out' : 'perhaps out'}`, () =>
      assert.equal(isSurelyNotOut({ type: 'Unexpected', callMayBeInFlight }), isSure));

  for (const [type, callMayBeInFlight, isReported, means] of [
    ['Cancelled', undefined, true, 'not-made'],
    ['JdCloudRefused', false, false, 'not-made'],
    ['RebuildOutcomeUnknown', true, false, 'unknown'],
    ['RebuildOutcomeUnknown', false, false, 'not-made'],
    ['DeadlineExceeded', undefined, false, 'find-out'],
    ['JdCloudUnavailable', true, false, 'find-out'],
  ] as const)
    it(`of the rebuild call, ${type}, perhaps out ${callMayBeInFlight}, reported ${isReported}: ${means}`, () =>
      assert.equal(afterRebuildCall({ type, callMayBeInFlight, isReported }), means));

  for (const [type, callMayBeInFlight, may] of [
    ['DeadlineExceeded', undefined, true],
    ['CredentialsRefused', true, true],
    ['CredentialsRefused', false, false],
    ['CredentialsRefused', undefined, false],
    ['JdCloudRefused', true, false],
  ] as const)
    it(`of a power call, ${type}, perhaps out ${callMayBeInFlight}: ${may ? 'perhaps' : 'not'} on its way`, () =>
      assert.equal(mayBeOnItsWay({ type, callMayBeInFlight }), may));

  it('by silence: what it saw is believed, and not that no call is out', () => {
    const observed = { status: 'running', imageId: 'img-a', observedAt: '2026-11-30T00:00:00.000Z' };
    assert.deepEqual(believedOfSilent({ observed, callMayBeInFlight: false }), { observed });
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

  for (const [told, details, unseen] of [
    [
      'a refusal, after a lost answer',
      { operation: 'startInstance', httpStatus: 400, callMayBeInFlight: true },
      'power',
    ],
    ['a rebuild that may be out', { operation: 'rebuildInstance', callMayBeInFlight: true }, 'power and image'],
    ['a rebuild that nobody told of', { operation: 'rebuildInstance' }, 'power and image'],
    ['a rebuild that was not made', { operation: 'rebuildInstance', callMayBeInFlight: false }, 'nothing'],
    ['looks that have not held', { isSettled: false }, 'power and image'],
    ['looks that have held', { isSettled: true }, 'nothing'],
  ] as const)
    it(`after ${told}: ${unseen} unseen`, () => assert.equal(changedByFailed(details), unseen));

  for (const [before, what, after] of [
    ['nothing', 'power', 'power'],
    ['power', 'power', 'power'],
    ['power and image', 'power', 'power and image'],
    ['nothing', 'power and image', 'power and image'],
    ['power', 'power and image', 'power and image'],
  ] as const)
    it(`${before} unseen, before a call for ${what}: ${after}`, () => assert.equal(beforeCall(before, what), after));

  it('keeps the image that a look at the power state alone does not tell', () => {
    const at = '2026-11-30T00:00:00.000Z';
    const known = { status: 'stopped', imageId: 'img-a', observedAt: at };
    const power = { status: 'running', imageId: null, observedAt: at };
    const gone = { status: null, imageId: null, observedAt: at };

    assert.deepEqual(afterLook(known, power), { ...power, imageId: 'img-a' });
    assert.deepEqual(afterLook(null, power), power);
    assert.deepEqual(afterLook(known, gone), gone);
  });

  const observed = { imageId: 'img-a', status: 'running' };
  for (const [unseen, seen, claims] of [
    ['nothing', observed, observed],
    ['power', observed, { imageId: 'img-a', status: null }],
    ['power and image', observed, { imageId: null, status: null }],
    ['nothing', null, { imageId: null, status: null }],
    ['nothing', { imageId: 'img-a', status: 'rebuilding' }, { imageId: null, status: 'rebuilding' }],
  ] as const)
    it(`with ${unseen} unseen, ${seen === null ? 'never looked at' : 'seen before'}: ${JSON.stringify(claims)}`, () =>
      assert.deepEqual(claimsOf(unseen, seen), claims));
});

describe('an undo', () => {
  it('keeps off a VM that someone else acts on', () => {
    assert.equal(isAnothers({ type: 'ConcurrentChange' }), true);
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

describe('a plan of a run that was reset', () => {
  const found = { imageBefore: { imageId: 'img-a' }, systemDisk: { diskId: 'vol-a' } };
  const planOf = (imageId: string, diskId: string, lastOperation: string | null) =>
    ({ imageBefore: { imageId }, systemDisk: { diskId }, lastOperation }) as unknown as RebuildPlan;
  const goesOn = { state: 'continue', plan: found as unknown as RebuildPlan } as const;
  for (const [name, rerun, now, isSince] of [
    ['the disk that it was found with', goesOn, planOf('img-a', 'vol-a', null), false],
    ['another image', goesOn, planOf('img-b', 'vol-a', null), true],
    ['another disk', goesOn, planOf('img-a', 'vol-b', null), true],
    ['nothing known of image and disk', goesOn, { imageBefore: null, systemDisk: null, lastOperation: null }, true],
    ['any disk, where its earlier run had no plan', { ...goesOn, plan: null }, planOf('img-b', 'vol-b', null), false],
    ['another disk, and its own marker', goesOn, planOf('img-b', 'vol-b', 'op-1'), false],
    [
      'another disk, in a run that begins anew',
      { ...goesOn, state: 'from-start' },
      planOf('img-b', 'vol-b', null),
      false,
    ],
    ['another disk, in a run that was not reset', null, planOf('img-b', 'vol-b', null), false],
  ] as const)
    it(`for ${name}: ${isSince ? 'rebuilt since' : 'goes on'}`, () =>
      assert.equal(isRebuiltSince(rerun, now, 'op-1'), isSince));

  for (const [name, rerun, lastOperation, isOwn] of [
    ['its own marker', goesOn, 'op-1', true],
    ['the marker of another', goesOn, 'op-2', false],
    ['its own marker, where it began anew', { ...goesOn, state: 'from-start' }, 'op-1', false],
    ['its own marker, where no plan is known', { ...goesOn, plan: null }, 'op-1', false],
    ['its own marker, where it was not reset', null, 'op-1', false],
  ] as const)
    it(`that finds ${name}: ${isOwn ? 'erased by itself' : 'not known to be'}`, () =>
      assert.equal(isErasedByItself(rerun, { lastOperation }, 'op-1'), isOwn));
});
