import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  earlierOperations,
  hasRoomForMarker,
  launchScriptBytes,
  markedMetadata,
  markerOf,
  mergeMetadata,
  operationDigest,
  ownMetadata,
} from '../../../activities/checks/metadata.js';
import { InstanceCustomData } from '../../../jdcloud/schemas.js';

const pair = (key: string, value = 'v') => ({ key, value });
const customData = { instanceId: 'i-1', metadata: [pair('role', 'db'), pair('Reimage-Operation', 'op-1')] };

describe('metadata of a VM', () => {
  it('is read without the marker of an earlier rebuild, whatever its case', () => {
    assert.deepEqual(ownMetadata(customData), [pair('role', 'db')]);
    assert.equal(markerOf(customData), 'op-1');
  });

  it('counts as none when there is none', () => {
    assert.deepEqual(ownMetadata({ instanceId: 'i-1' }), []);
    assert.equal(markerOf(null), null);
    assert.deepEqual([ownMetadata(null), earlierOperations(null), markerOf({ instanceId: 'i-1' })], [[], [], null]);
  });

  it('is taken without pairs that have no name, and with values that are not told', () => {
    const metadata = [{ key: 'flag', value: null }, pair('', 'y'), { key: 'Reimage-Operation' }];

    assert.deepEqual(ownMetadata({ instanceId: 'i-1', metadata }), [pair('flag', '')]);
    assert.equal(markerOf({ instanceId: 'i-1', metadata }), null);
  });

  it('keeps its own pairs under those asked for, keys compared without case', () => {
    assert.deepEqual(mergeMetadata([pair('role', 'db'), pair('team')], [pair('ROLE', 'web')]), [
      pair('team'),
      pair('ROLE', 'web'),
    ]);
  });

  it('has room for the marker beside 39 pairs and not beside 40', () => {
    const pairs = Array.from({ length: 40 }, (_, i) => pair(`k${i}`));
    assert.equal(hasRoomForMarker(pairs.slice(1)), true);
    assert.equal(hasRoomForMarker(pairs), false);
  });

  it('tells the operations before by digests of one length, and none by none', () => {
    assert.equal(operationDigest(null), '');
    assert.equal(operationDigest('fleet:web-1:1').length, 16);
    assert.deepEqual(markedMetadata([], { instanceId: 'i-1' }, 'y'), [pair('reimage-operation', 'y')]);
  });

  for (const [what, userdata, bytes] of [
    ['none', undefined, null],
    ['one of another name', [{ key: 'other', value: 'aGVsbG8=' }], null],
    ['one that is empty', [{ key: 'launch-script', value: '' }], null],
    ['one of five bytes', [{ key: 'other' }, { key: 'Launch-Script', value: 'aGVsbG8=' }], 5],
  ] as const)
    it(`with the launch script ${what}: ${bytes ?? 'no'} bytes`, () =>
      assert.equal(launchScriptBytes(InstanceCustomData.parse({ instanceId: 'i-1', userdata })), bytes));

  it('that cannot be read has no launch script', () => assert.equal(launchScriptBytes(null), null));

  it('remembers the operations before the last one, the newest first, each once', () => {
    const markers = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'fleet:web-1:1'), { maxLength: 12 });
    fc.assert(
      fc.property(markers, (operations) => {
        const after = operations.reduce<typeof customData>(
          (data, marker) => ({
            ...data,
            metadata: markedMetadata(ownMetadata(data), data, marker).map(({ key, value }) => pair(key, value)),
          }),
          { instanceId: 'i-1', metadata: [pair('role', 'db')] },
        );
        const before = operations.slice(0, -1).filter((marker) => marker !== operations.at(-1));
        assert.equal(markerOf(after), operations.at(-1) ?? null);
        assert.deepEqual(earlierOperations(after), [...new Set(before.toReversed().map(operationDigest))]);
        assert.deepEqual(ownMetadata(after), [pair('role', 'db')]);
      }),
    );
  });

  it('remembers fifty, and none where there is room for the marker only', () => {
    const many = Array.from({ length: 80 }, (_, at) => operationDigest(String(at)));
    const data = {
      instanceId: 'i-1',
      metadata: [pair('reimage-operation', 'x'), pair('reimage-earlier', many.join(' '))],
    };
    const written = markedMetadata([], data, 'y').map(({ key, value }) => pair(key, value));
    assert.deepEqual(
      earlierOperations({ instanceId: 'i-1', metadata: written }),
      [operationDigest('x'), ...many].slice(0, 50),
    );
    const full = Array.from({ length: 39 }, (_, i) => pair(`k${i}`));
    assert.deepEqual(markedMetadata(full, data, 'y'), [...full, pair('reimage-operation', 'y')]);
  });
});
