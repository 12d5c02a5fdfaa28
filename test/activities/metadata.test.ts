import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasRoomForMarker, markerOf, mergeMetadata, ownMetadata } from '../../activities/metadata.js';

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
});
