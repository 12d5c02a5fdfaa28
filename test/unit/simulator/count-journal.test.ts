import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { erasesIn, JournalBook, mostDownIn, mostWithin } from '../../../simulator/model/journal.js';

/** A journal of changes of VMs, and of rebuild calls that took effect or not. */
function journalOf(...steps: readonly (readonly [instanceId: string, what: string])[]) {
  const book = new JournalBook(
    () => 0,
    () => undefined,
  );
  for (const [instanceId, what] of steps) {
    const isCall = what === 'performed' || what === 'refused';
    if (isCall) book.arrive('r')({ operation: 'rebuildInstance', instanceId, performed: what === 'performed' });
    else book.change({ instanceId, imageId: null, from: '', to: what, by: '' });
  }
  return book.entries();
}

describe('what is counted from a journal', () => {
  it('given rebuild calls, then those count that took effect, whatever was answered', () => {
    const erases = erasesIn(
      journalOf(['i-1', 'performed'], ['i-1', 'refused'], ['i-2', 'performed'], ['i-2', 'performed']),
    );
    assert.deepEqual(
      [...erases],
      [
        ['i-1', 1],
        ['i-2', 2],
      ],
    );
  });

  it('given VMs that go down and come up, then the most at one time counts, in all and by place', () => {
    const vms = ['i-1', 'i-2', 'i-3'].map((instanceId) => ({ instanceId, places: [instanceId === 'i-3' ? 'b' : 'a'] }));
    const { inAll, byPlace } = mostDownIn(
      journalOf(['i-1', 'stopping'], ['i-1', 'stopped'], ['i-1', 'running'], ['i-2', 'stopping'], ['i-3', 'deleted']),
      vms,
    );
    assert.equal(inAll, 2);
    assert.deepEqual(
      [...byPlace],
      [
        ['a', 1],
        ['b', 1],
      ],
    );
  });

  it('given a VM that was down before, then it counts from the beginning until it runs', () => {
    const vms = [
      { instanceId: 'i-1', places: ['a'], isDown: true },
      { instanceId: 'i-2', places: ['a'] },
    ];
    assert.equal(mostDownIn(journalOf(['i-2', 'stopping']), vms).inAll, 2);
    assert.equal(mostDownIn(journalOf(['i-1', 'running'], ['i-2', 'stopping']), vms).inAll, 1);
    assert.equal(mostDownIn([], vms).inAll, 1);
  });

  it('given moments, then the most within a span counts, its end left out', () => {
    assert.equal(mostWithin([0, 30, 59, 60, 61, 200], 60), 4);
    assert.equal(mostWithin([0, 60, 120], 60), 1);
    assert.equal(mostWithin([], 60), 0);
  });
});
