import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Windows } from '../../workflows/fleet/windows.js';

const MINUTE = 60_000;
const instant = (minutes: number) => new Date(minutes * MINUTE).toISOString();
const opening = (from: number, to: number) => ({ opensAt: instant(from), closesAt: instant(to), local: `at ${from}` });

/** Windows from minute 10 to 60 and from 100 to 160, for rebuilds that take ten minutes; the clock is the test's. */
function windowsAt(minute: number) {
  const clock = { minute };
  const windows = new Windows(600, () => clock.minute * MINUTE);
  windows.know([opening(10, 60), opening(100, 160)]);
  return { windows, clock };
}

describe('the maintenance windows of a fleet', () => {
  it('tell until when a rebuild may begin, and until when it may erase', () => {
    const { windows } = windowsAt(20);

    assert.equal(windows.halt(), null);
    assert.deepEqual(windows.notAfter, { begin: instant(50), erase: instant(60) });
  });

  it('let start what ends by the close, and nothing a moment later', () => {
    const { windows, clock } = windowsAt(50);
    assert.equal(windows.halt(), null);

    clock.minute = 50.1;

    assert.match(windows.halt()?.why ?? '', /^the window closes at .* sooner than nine of ten .* the next: at 100$/);
    assert.equal(windows.halt()?.until?.at, 100 * MINUTE);
  });

  it('where a rebuild found its window over, start no more in it, and again in the next', () => {
    const { windows, clock } = windowsAt(20);
    windows.shut(windows.notAfter);
    assert.match(windows.halt()?.why ?? '', /by the clock of a worker nothing may begin any more/);
    assert.equal(windows.halt()?.until?.at, 100 * MINUTE);

    clock.minute = 100;

    assert.equal(windows.halt(), null);
    assert.deepEqual(windows.notAfter, { begin: instant(150), erase: instant(160) });
  });

  it('that are not known let nothing begin', () => {
    const windows = new Windows(600, () => 0);

    assert.equal(windows.isUsedUp, true);
    assert.notEqual(windows.halt(), null);
    assert.equal(Date.parse(windows.notAfter.begin), 0);
  });
});
