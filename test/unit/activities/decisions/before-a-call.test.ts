import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import {
  afterChangedRead,
  type BeforeRebuild,
  beforeRebuildCall,
  CHECKS_HOLD_MS,
  endOfRebuildAttempt,
  hasOtherImage,
  isAsLeft,
  mayAnyCallBeInFlight,
  mayBeUnderWay,
  mayEarlierCallBeInFlight,
  mayGoOn,
  mayHaveArrived,
  maySend,
  settlesIfNeverRan,
} from '../../../../activities/decisions/before-call.js';
import type { RebuildTarget } from '../../../../activities/decisions/landing.js';
import { powerCallFor, START, STOP } from '../../../../activities/decisions/power-call.js';
import { rollbackMarker } from '../../../../contracts/names.js';
import { CallWithheldError, UnavailableError } from '../../../../jdcloud/errors.js';

const OLD = CHECKS_HOLD_MS + 1;

const TARGET: RebuildTarget = {
  vm: { regionId: 'cn-north-1', instanceId: 'i-1' },
  imageId: 'img-new',
  before: { imageId: 'img-old', systemDiskId: 'vol-old' },
  marker: 'ours',
  markerUsable: true,
};

describe('an attempt on its way to a call', () => {
  for (const [isCancelled, ageMs, next] of [
    [false, 0, 'yes'],
    [false, CHECKS_HOLD_MS, 'yes'],
    [false, OLD, 'old'],
    [true, 0, 'cancelled'],
    [true, OLD, 'old'],
  ] as const)
    it(`${isCancelled ? 'cancelled' : 'wanted'}, on what is ${ageMs} ms old: ${next}`, () =>
      assert.equal(mayGoOn({ isCancelled, ageMs }), next));

  for (const [word, ageMs, isSent] of [
    ['counts', 0, true],
    ['counts', CHECKS_HOLD_MS, true],
    ['counts', OLD, false],
    ['cancelled', 0, false],
    ['none', 0, false],
  ] as const)
    it(`${isSent ? 'sends' : 'does not send'} by the word ${word}, on what is ${ageMs} ms old`, () =>
      assert.equal(maySend({ word, ageMs }), isSent));
});

describe('a call that may be out', () => {
  for (const [isOfThisRun, isRerun, isOut] of [
    [false, undefined, false],
    [false, false, false],
    [true, false, true],
    [false, true, true],
  ] as const)
    it(`of an attempt before: ${isOfThisRun}, of an earlier run: ${isRerun}: ${isOut}`, () =>
      assert.equal(mayAnyCallBeInFlight(isOfThisRun, isRerun === undefined ? {} : { isRerun }), isOut));
});

describe('a VM right before a call', () => {
  for (const [status, imageId, expectedImageId, left] of [
    ['stopped', 'img-a', 'img-a', 'yes'],
    ['stopped', 'img-b', undefined, 'yes'],
    ['stopped', 'img-b', 'img-a', 'changed'],
    ['stopped', null, 'img-a', 'changed'],
    ['running', 'img-a', 'img-a', 'changed'],
    ['rebuilding', 'img-a', undefined, 'changed'],
    ['error', 'img-b', 'img-a', 'error'],
    ['stopping', 'img-a', 'img-a', 'between'],
    ['starting', 'img-b', 'img-a', 'changed'],
  ] as const)
    it(`${status} with ${imageId}, to have ${expectedImageId ?? 'any'}: ${left}`, () => {
      assert.equal(isAsLeft({ status, imageId, expectedImageId }), left);
      assert.equal(
        hasOtherImage({ imageId, expectedImageId }),
        expectedImageId !== undefined && imageId !== expectedImageId,
      );
    });

  it('is looked at again within the settle time, where it has changed, and nothing is claimed by that look', () => {
    assert.deepEqual(afterChangedRead(59_999, 60_000), { retryable: true, isSettled: false });
    assert.deepEqual(afterChangedRead(60_000, 60_000), { retryable: false });
  });

  for (const [call, of, status, verdict] of [
    ['a stop', STOP, 'running', 'send'],
    ['a stop', STOP, 'stopped', 'nothing'],
    ['a stop', STOP, 'stopping', 'nothing'],
    ['a stop', STOP, 'rebuilding', 'foreign'],
    ['a stop', STOP, 'starting', 'between'],
    ['a stop', STOP, 'error', 'error'],
    ['a start', START, 'stopped', 'send'],
    ['a start', START, 'running', 'send'],
    ['a start', START, 'starting', 'nothing'],
    ['a start', START, 'rebuilding', 'between'],
    ['a start', START, 'stopping', 'between'],
    ['a start', START, 'error', 'error'],
  ] as const)
    it(`${status}, for ${call}: ${verdict}`, () => assert.equal(powerCallFor(of, status), verdict));
});

describe('the rebuild call', () => {
  const READY: BeforeRebuild = {
    target: TARGET,
    status: 'stopped',
    imageId: TARGET.before.imageId,
    marker: null,
    canReadMetadata: true,
    hasRoomForMarker: true,
    hasIssues: false,
  };
  const unmarked = { ...READY.target, markerUsable: false };
  for (const [name, change, verdict] of [
    ['of a VM that is ready', {}, 'call'],
    ['of one with the marker of another operation', { marker: 'other' }, 'call'],
    ['that was made', { marker: TARGET.marker, status: 'rebuilding', hasIssues: true }, 'was-there'],
    ['that was taken back', { marker: rollbackMarker(TARGET.marker, 2), status: 'running' }, 'rolled-back'],
    ['of a reset run that cannot mark', { target: { ...unmarked, isRerun: true }, status: 'running' }, 'unknown'],
    ['of a reset run that can', { target: { ...READY.target, isRerun: true } }, 'call'],
    ['of a first run that cannot mark', { target: { ...unmarked, isRerun: false } }, 'call'],
    ['of a VM in error', { status: 'error', hasIssues: true }, 'error'],
    ['of one that runs', { status: 'running', hasIssues: true }, 'changed'],
    ['of one with another image', { imageId: 'img-other' }, 'changed'],
    ['of one between two states', { status: 'stopping' }, 'between'],
    ['of one that the image does not fit any more', { hasIssues: true, canReadMetadata: false }, 'issues'],
    ['of one whose metadata is not to be read', { canReadMetadata: false, hasRoomForMarker: false }, 'no-metadata'],
    ['of one whose metadata is full', { hasRoomForMarker: false }, 'no-room'],
    ['without a marker, its metadata full', { target: unmarked, hasRoomForMarker: false }, 'call'],
    ['without a marker, its metadata not to be read', { target: unmarked, canReadMetadata: false }, 'call'],
  ] as const)
    it(`${name}: ${verdict}`, () => assert.equal(beforeRebuildCall({ ...READY, ...change }), verdict));
});

describe('a call of an earlier attempt', () => {
  const first = { attempt: 1, isFirstScheduled: true, word: null };
  for (const [name, start, mayBeOut] of [
    ['of which there is none', first, false],
    ['before the attempts were counted from 1 again', { ...first, isFirstScheduled: false }, true],
    ['that left no word', { ...first, attempt: 2 }, true],
    ['that said that none is out', { ...first, attempt: 3, word: { attempt: 2, noneInFlight: true } }, false],
    ['that said that one may be', { ...first, attempt: 3, word: { attempt: 2, noneInFlight: false } }, true],
    [
      'before the last one, which said nothing',
      { ...first, attempt: 3, word: { attempt: 1, noneInFlight: true } },
      true,
    ],
    ['of before a reset, which had none', { ...first, word: { attempt: 4, noneInFlight: true } }, true],
  ] as const)
    it(`${mayBeOut ? 'may be' : 'is not'} out: one ${name}`, () =>
      assert.equal(mayEarlierCallBeInFlight(start), mayBeOut));

  for (const [word, hasHeartbeat, settles] of [
    [null, false, true],
    [null, true, false],
    [{ attempt: 1, noneInFlight: true }, true, true],
    [{ attempt: 1, noneInFlight: false }, true, false],
  ] as const)
    it(`is ${settles ? '' : 'not '}settled by an attempt that never ran, after ${JSON.stringify(word)}, heartbeat ${hasHeartbeat}`, () =>
      assert.equal(settlesIfNeverRan({ word, hasHeartbeat }), settles));
});

const FACTS = { httpStatus: null, code: null, status: null, requestId: null, retryAfterMs: null };

describe('an attempt that ends with an error', () => {
  const lost = (operation: string, arrived: boolean) =>
    new UnavailableError('lost', { ...FACTS, operation, mayHaveArrived: arrived });
  for (const [name, error, arrived, underWay] of [
    ['its own call, lost', lost('stopInstance', true), true, true],
    ['its own call, never sent', lost('stopInstance', false), false, false],
    ['a read, lost', lost('describeInstance', true), false, false],
    ['a call that was held back', new CallWithheldError('no word'), false, false],
    ['a refusal of our own', ApplicationFailure.create({ message: 'no' }), false, false],
    ['a cancellation in the middle of it', new Error('aborted'), false, true],
  ] as const)
    it(`${name}: ${arrived ? 'may have arrived' : 'has not arrived'}, ${underWay ? 'may be' : 'is not'} under way`, () => {
      assert.equal(mayHaveArrived(error, 'stopInstance'), arrived);
      assert.equal(mayBeUnderWay(error, 'stopInstance'), underWay);
    });

  for (const [callMayBeInFlight, isCancelled, end] of [
    [false, true, 'not-sent'],
    [true, true, 'fails'],
    [false, false, 'fails'],
    [true, false, 'fails'],
  ] as const)
    it(`${isCancelled ? 'cancelled' : 'not cancelled'}, its call ${callMayBeInFlight ? 'perhaps' : 'not'} out: ${end}`, () =>
      assert.equal(endOfRebuildAttempt({ callMayBeInFlight, isCancelled }), end));
});
