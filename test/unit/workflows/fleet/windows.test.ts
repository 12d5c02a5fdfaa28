import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Windows } from '../../../../workflows/fleet/maintenance-windows.js';

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

    assert.equal(windows.blocker(), null);
    assert.deepEqual(windows.notAfter, { begin: instant(50), erase: instant(60) });
  });

  it('let start what ends by the close, and nothing a moment later', () => {
    const { windows, clock } = windowsAt(50);
    assert.equal(windows.blocker(), null);

    clock.minute = 50.1;

    assert.match(windows.blocker()?.why ?? '', /^the window closes at .* sooner than nine of ten .* the next: at 100$/);
    assert.equal(windows.blocker()?.until?.at, 100 * MINUTE);
  });

  it('where a rebuild found its window over, start no more in it, and again in the next', () => {
    const { windows, clock } = windowsAt(20);
    windows.shut(windows.notAfter);
    assert.match(windows.blocker()?.why ?? '', /by the clock of a worker nothing may begin any more/);
    assert.equal(windows.blocker()?.until?.at, 100 * MINUTE);

    clock.minute = 100;

    assert.equal(windows.blocker(), null);
    assert.deepEqual(windows.notAfter, { begin: instant(150), erase: instant(160) });
  });

  it('are used up once the last that is known has closed, and not before', () => {
    const { windows, clock } = windowsAt(159.9);
    assert.equal(windows.isUsedUp, false);

    clock.minute = 160;

    assert.equal(windows.isUsedUp, true);
  });

  it('are asked for again after a day where there are none', () => {
    const clock = { minute: 0 };
    const windows = new Windows(600, () => clock.minute * MINUTE);
    windows.know([]);
    assert.equal(windows.isUsedUp, false);
    assert.deepEqual(windows.blocker(), {
      why: 'outside the maintenance window, and none of the next 0 is long enough',
      until: { what: 'later windows are looked at', at: 24 * 60 * MINUTE },
    });

    clock.minute = 24 * 60;

    assert.equal(windows.isUsedUp, true);
  });

  it('tell why nothing begins: before an opening, in one that is too short, after it', () => {
    const { windows, clock } = windowsAt(9);
    const why = (minute: number) => {
      clock.minute = minute;
      return windows.blocker()?.why ?? null;
    };
    const tooShort = (close: number) =>
      `the window closes at ${instant(close)}, sooner than nine of ten rebuilds end (600 s)`;

    assert.equal(why(9), 'outside the maintenance window; the next: at 10');
    assert.equal(why(10), null);
    assert.equal(why(55), `${tooShort(60)}; the next: at 100`);
    assert.equal(why(60), 'outside the maintenance window; the next: at 100');
    assert.equal(why(155), `${tooShort(160)}, and none of the next 2 is long enough`);
    assert.equal(windows.blocker()?.until?.at, 160 * MINUTE);
  });

  it('that are not known let nothing begin', () => {
    const windows = new Windows(600, () => 0);

    assert.equal(windows.isUsedUp, true);
    assert.match(windows.blocker()?.why ?? '', /none of the next 0 is long enough$/);
    assert.equal(Date.parse(windows.notAfter.begin), 0);
  });
});
