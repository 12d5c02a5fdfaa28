import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startAge } from '../../../activities/runtime/time.js';

const SECOND_MS = 1_000;

describe('an age that holds a call back', () => {
  it('is that of the wall clock while the steady clock stands still', (t) => {
    const [wall, steady] = [Date.now(), performance.now()];
    t.mock.method(performance, 'now', () => steady);
    const age = startAge();
    t.mock.method(Date, 'now', () => wall + 90 * SECOND_MS);

    assert.ok(age() >= 89 * SECOND_MS, String(age()));
  });

  it('is that of the steady clock when the wall clock is set back', (t) => {
    const steady = performance.now();
    const age = startAge();
    t.mock.method(Date, 'now', () => 0);
    t.mock.method(performance, 'now', () => steady + 90 * SECOND_MS);

    assert.ok(age() >= 89 * SECOND_MS, String(age()));
  });
});
