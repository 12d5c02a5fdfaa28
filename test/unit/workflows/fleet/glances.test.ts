import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecheckBackoff } from '../../../../workflows/fleet/observations.js';

const SECOND = 1000;

/** Pauses, in seconds, of a fleet that is found blocked each time that it looks again. */
function pausesOf(glances: RecheckBackoff, versions: readonly number[]): number[] {
  let now = 0;
  return versions.map((version) => {
    const at = glances.blocked(version, 'full', now);
    const pause = (at - now) / SECOND;
    now = at;
    return pause;
  });
}

describe('a fleet that machines which are down keep from starting', () => {
  it('looks at them ever more seldom, to every five minutes', () => {
    assert.deepEqual(pausesOf(new RecheckBackoff(30), [7, 7, 7, 7, 7, 7]), [30, 60, 120, 240, 300, 300]);
  });

  it('looks as often as at first again once anything has changed', () => {
    assert.deepEqual(pausesOf(new RecheckBackoff(30), [7, 7, 7, 8, 8]), [30, 60, 120, 30, 60]);
  });

  it('looks no more often than its policy says', () => {
    assert.deepEqual(pausesOf(new RecheckBackoff(600), [7, 7, 8]), [600, 600, 600]);
  });

  it('does not look later for being asked twice', () => {
    const glances = new RecheckBackoff(30);
    const at = glances.blocked(7, 'full', 0);

    assert.equal(glances.blocked(7, 'full', 10 * SECOND), at);
    assert.deepEqual([glances.whySince(7), glances.whySince(8)], ['full', null]);
  });
});
