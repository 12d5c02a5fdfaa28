import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Clock } from '../../../simulator/model/clock.js';

/** The words that were put off, in the order in which they came. */
async function order(put: (clock: Clock, say: (word: string) => () => void) => void): Promise<string[]> {
  let elapsedMs = 0;
  const clock = new Clock(() => elapsedMs);
  const said: string[] = [];
  put(clock, (word) => () => void said.push(word));
  assert.deepEqual(said, [], 'something ran within the call that put it off');
  // Timers of the clock let the process end; this one must not.
  const alive = setInterval(() => {}, 1000);
  elapsedMs = 1000;
  await clock.wait(0);
  clearInterval(alive);
  return said;
}

describe('clock', () => {
  it('runs by time, not by the order of asking', async () => {
    assert.deepEqual(
      await order((clock, say) => {
        clock.after(3, say('third'));
        clock.after(1, say('second'));
        clock.after(0, say('first'));
      }),
      ['first', 'second', 'third'],
    );
  });

  it('runs what is due at the same time in the order of asking', async () => {
    assert.deepEqual(
      await order((clock, say) => {
        for (const word of ['first', 'second', 'third']) clock.after(1, say(word));
      }),
      ['first', 'second', 'third'],
    );
  });

  it('runs what is put off by something that runs', async () => {
    assert.deepEqual(
      await order((clock, say) => {
        clock.after(1, () => clock.after(0, say('second')));
        clock.after(0, say('first'));
      }),
      ['first', 'second'],
    );
  });

  it('asks no timer for more than a timer can wait, which would fire at once', (t) => {
    const timers = t.mock.method(globalThis, 'setTimeout');
    const clock = new Clock();
    clock.after(1e12, () => {});
    clock.close();
    assert.deepEqual(
      timers.mock.calls.map(({ arguments: [, ms] }) => ms),
      [2 ** 31 - 1],
    );
  });

  it('forgets what is cancelled', async () => {
    assert.deepEqual(
      await order((clock, say) => {
        const cancel = clock.after(0, say('never'));
        clock.after(1, say('first'));
        cancel();
      }),
      ['first'],
    );
  });

  it('forgets everything on close', async () => {
    assert.deepEqual(
      await order((clock, say) => {
        clock.after(0, say('never'));
        clock.close();
      }),
      [],
    );
  });
});
