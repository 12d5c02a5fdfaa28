import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  afterBrokenPromise,
  afterRead,
  type BackMemory,
  isAsPromised,
  isOver,
  restsSince,
  wasRebuilt,
} from '../../../../activities/decisions/is-back.js';
import { isLanded, type RebuildTarget, withoutTrace } from '../../../../activities/decisions/landing.js';
import type { Observation } from '../../../../activities/decisions/observation.js';
import {
  isAtRest,
  type RestRead,
  whileComingToRest,
  whileStarting,
  whileStopping,
} from '../../../../activities/decisions/power-call.js';

const TARGET: RebuildTarget = {
  vm: { regionId: 'cn-north-1', instanceId: 'i-1' },
  imageId: 'img-new',
  before: { imageId: 'img-old', systemDiskId: 'vol-old' },
  marker: 'ours',
  markerUsable: true,
};
const SAME: RebuildTarget = { ...TARGET, imageId: 'img-old' };
const UNMARKED: RebuildTarget = { ...SAME, markerUsable: false };
const FORMER: Observation = { status: 'stopped', imageId: 'img-old', systemDiskId: 'vol-old', observedAt: '' };
const REBUILT: Observation = { ...FORMER, imageId: 'img-new', systemDiskId: 'vol-new' };

describe('a rebuild call that may be out', () => {
  for (const [name, target, seen, marker, landed] of [
    ['a VM that is being rebuilt', TARGET, { ...FORMER, status: 'rebuilding' }, null, true],
    ['our marker', TARGET, FORMER, 'ours', true],
    ['nothing new', TARGET, FORMER, 'other', false],
  ] as const)
    it(`has ${landed ? '' : 'not '}landed by ${name}`, () => assert.equal(isLanded(target, seen, marker), landed));

  for (const [name, target, verdict] of [
    ['another image', TARGET, 'no'],
    ['the same image, marked', SAME, 'no'],
    ['the same image, unmarked', UNMARKED, 'unknown'],
  ] as const)
    it(`without a trace, onto ${name}: ${verdict}`, () => assert.equal(withoutTrace(target), verdict));
});

describe('a rebuilt VM', () => {
  for (const [name, target, seen, marker, power, verdict] of [
    ['with image, marker and power', TARGET, REBUILT, 'ours', 'stopped', 'yes'],
    ['with image and power', TARGET, REBUILT, null, 'stopped', 'yes'],
    ['with another image', TARGET, FORMER, 'ours', 'stopped', 'other-image'],
    ['without a trace', SAME, FORMER, null, 'stopped', 'no-trace'],
    ['that need not leave a trace, on its old disk', UNMARKED, FORMER, null, 'stopped', 'same-disk'],
    ['with our marker, on its old disk', SAME, FORMER, 'ours', 'stopped', 'same-disk'],
    ['onto the same image, on another disk', SAME, { ...FORMER, systemDiskId: 'vol-new' }, 'ours', 'stopped', 'yes'],
    ['in another power state', TARGET, REBUILT, 'ours', 'running', 'other-power'],
  ] as const)
    it(`${name}: ${verdict}`, () =>
      assert.equal(isAsPromised({ target, seen, marker, power, diskCreatedAt: null }), verdict));

  for (const [name, target, seen, marker, verdict] of [
    ['with a trace', TARGET, REBUILT, null, 'yes'],
    ['without one, at rest', TARGET, FORMER, null, 'not-yet'],
    ['without one, running', TARGET, { ...FORMER, status: 'running' }, null, 'untouched'],
    ['that need not leave any', UNMARKED, FORMER, null, 'no-trace'],
  ] as const)
    it(`${name} was rebuilt: ${verdict}`, () => assert.equal(wasRebuilt(target, seen, marker), verdict));
});

describe('a VM that is not as promised', () => {
  for (const [status, sinceMs, told] of [
    ['stopped', 59_999, { retryable: true, isSettled: false }],
    ['rebuilding', 59_999, { retryable: true, isSettled: false }],
    ['stopped', 60_000, { retryable: false }],
    ['running', 60_000, { retryable: false }],
    ['rebuilding', 60_000, { retryable: true }],
  ] as const)
    it(`that is ${status} after ${sinceMs} ms is ${told.retryable ? 'looked at again' : 'told'}`, () =>
      assert.deepEqual(afterBrokenPromise({ status }, sinceMs, 60_000), told));
});

const NOTHING: BackMemory = { sawPassing: false, sawFormerImage: false, sawFormerDisk: false };
const rebuilding = (change: Partial<Observation> = {}): Observation => ({ ...FORMER, status: 'rebuilding', ...change });

describe('what a wait remembers of a rebuild', () => {
  for (const [name, target, seen, sees] of [
    ['nothing of a VM at rest', TARGET, FORMER, NOTHING],
    ['image and disk of before', TARGET, rebuilding(), { sawPassing: true, sawFormerImage: true, sawFormerDisk: true }],
    [
      'the passing alone',
      TARGET,
      rebuilding({ imageId: 'img-new', systemDiskId: 'vol-new' }),
      { ...NOTHING, sawPassing: true },
    ],
    [
      'no former image onto the same one',
      SAME,
      rebuilding(),
      { sawPassing: true, sawFormerImage: false, sawFormerDisk: true },
    ],
    [
      'nothing of what was not known before',
      { ...TARGET, before: { imageId: null, systemDiskId: null } },
      rebuilding({ imageId: null, systemDiskId: null }),
      { ...NOTHING, sawPassing: true },
    ],
  ] as const)
    it(`is ${name}`, () => assert.deepEqual(afterRead(target, seen, NOTHING), sees));

  it('is what earlier looks have seen, too', () => {
    const memory = { sawPassing: true, sawFormerImage: true, sawFormerDisk: true };
    assert.deepEqual(afterRead(TARGET, rebuilding({ imageId: 'img-new', systemDiskId: 'vol-new' }), memory), memory);
  });

  it('is since when it rests, without a break', () => {
    assert.equal(restsSince(null, FORMER, 7), 7);
    assert.equal(restsSince(3, FORMER, 7), 3);
    assert.equal(restsSince(3, rebuilding(), 7), null);
  });
});

describe('the end of a rebuild', () => {
  const look = { target: TARGET, seen: FORMER, memory: NOTHING, restsForMs: 999, settleMs: 1_000, wasBack: false };
  const image = { ...NOTHING, sawFormerImage: true };
  const disk = { ...NOTHING, sawFormerDisk: true };
  for (const [name, change, over] of [
    ['rest for almost a settle time', {}, false],
    ['rest for a settle time', { restsForMs: 1_000 }, true],
    ['no rest, though it was back', { restsForMs: null, wasBack: true }, false],
    ['rest, and it was back', { restsForMs: 0, wasBack: true }, true],
    ['the new image after the former one', { seen: REBUILT, memory: image }, true],
    ['the former image after the former one', { memory: image }, false],
    ['the new image alone', { seen: REBUILT }, false],
    ['another disk after the former one', { seen: { ...FORMER, systemDiskId: 'vol-new' }, memory: disk }, true],
    ['the former disk after the former one', { memory: disk }, false],
    ['no disk after the former one', { seen: { ...FORMER, systemDiskId: null }, memory: disk }, false],
  ] as const)
    it(`is ${over ? '' : 'not '}${name}`, () => assert.equal(isOver({ ...look, ...change }), over));
});

describe('a look at a VM', () => {
  for (const [status, held, sawPassing, stopping, starting] of [
    ['stopped', 'for now', true, 'arrived', 'go-on'],
    ['stopped', 'for now', false, 'confirm', 'go-on'],
    ['stopped', 'for long', true, 'arrived', 'reverted'],
    ['stopped', 'for long', false, 'confirm', 'go-on'],
    ['running', 'for long', true, 'reverted', 'arrived'],
    ['running', 'for long', false, 'go-on', 'confirm'],
    ['running', 'for now', true, 'go-on', 'arrived'],
    ['running', 'for now', false, 'go-on', 'confirm'],
    ['rebuilding', 'for long', false, 'rebuilt', 'rebuilt'],
    ['rebuilding', 'for now', true, 'go-on', 'go-on'],
    ['stopping', 'for long', false, 'go-on', 'stopped-by-others'],
    ['stopping', 'for now', false, 'go-on', 'go-on'],
    ['starting', 'for long', true, 'go-on', 'go-on'],
  ] as const)
    it(`${status} ${held}, ${sawPassing ? '' : 'not '}seen on its way: ${stopping}, ${starting}`, () => {
      const look = { status, sawPassing, settleMs: 1_000, heldForMs: held === 'for long' ? 1_000 : 999 };

      assert.equal(whileStopping(look), stopping);
      assert.equal(whileStarting(look), starting);
    });

  const AT_REST: RestRead = {
    status: 'stopped',
    heldForMs: 999,
    settleMs: 1_000,
    rebuildIsForeign: false,
    callMayBeInFlight: false,
  };
  for (const [name, change, verdict] of [
    ['that rests', {}, 'go-on'],
    ['that rests for a settle time', { heldForMs: 1_000 }, 'arrived'],
    [
      'that is stopped for a settle time, where no rebuild can be ours',
      { heldForMs: 1_000, rebuildIsForeign: true },
      'arrived',
    ],
    ['that is stopped, where no rebuild can be ours', { rebuildIsForeign: true }, 'confirm'],
    ['that is stopped, where a stop may come late', { rebuildIsForeign: true, callMayBeInFlight: true }, 'go-on'],
    ['that runs, where no rebuild can be ours', { status: 'running', rebuildIsForeign: true }, 'go-on'],
    ['that does not rest', { status: 'stopping', rebuildIsForeign: true }, 'go-on'],
    ['that is rebuilt', { status: 'rebuilding', heldForMs: 1_000 }, 'go-on'],
    ['that somebody rebuilds', { status: 'rebuilding', heldForMs: 1_000, rebuildIsForeign: true }, 'rebuilt'],
    ['that one look shows rebuilding', { status: 'rebuilding', rebuildIsForeign: true }, 'go-on'],
  ] as const)
    it(`${name}: ${verdict}`, () => assert.equal(whileComingToRest({ ...AT_REST, ...change }), verdict));

  for (const [status, rests] of [
    ['stopped', true],
    ['running', true],
    ['stopping', false],
    ['rebuilding', false],
    ['error', false],
  ] as const)
    it(`${status} shows ${rests ? '' : 'no '}rest`, () => assert.equal(isAtRest({ status }), rests));
});
