import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type CallEnd,
  createCallBudget,
  createThrottlePace,
  type Permit,
  type PermitRequest,
  RegionLimiter,
} from '../../../jdcloud/region-limiter.js';
import { ManualClock } from './manual-clock.js';

const ANSWERED = { kind: 'answered' } as const;
const throttled = (retryAfterMs: number | null = null): CallEnd => ({ kind: 'throttled', retryAfterMs });

/** A gate, and callers whose passes and refusals can be looked at. */
function startGate({ callsPerMinute }: { callsPerMinute?: number } = {}) {
  const clock = new ManualClock();
  const pace = createThrottlePace({ firstPauseMs: 1_000, longestPauseMs: 60_000 });
  const budget = callsPerMinute === undefined ? null : createCallBudget(callsPerMinute);
  const gate = new RegionLimiter({ clock, pace, budget });
  const passes = new Map<string, Permit>();
  const went: string[] = [];
  const refused: string[] = [];
  const ask = (name: string, options: Partial<PermitRequest> = {}) => {
    const refuse = ({ opensInMs, waiting }: { opensInMs: number; waiting: number }) =>
      new Error(`opens in ${opensInMs}, ${waiting} wait`);
    gate.enter({ priority: 1, maxWaitMs: 30_000, refuse, ...options }).then(
      (pass) => {
        passes.set(name, pass);
        went.push(name);
      },
      (error: unknown) => refused.push(`${name}: ${error instanceof Error ? error.message : String(error)}`),
    );
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    clock,
    gate,
    ask,
    refused,
    /** All that have gone so far. */
    went: async () => {
      await settle();
      return [...went];
    },
    end: async (name: string, how: CallEnd) => {
      await settle();
      const pass = passes.get(name);
      assert.ok(pass !== undefined, `${name} has not gone`);
      pass.end(how);
      await settle();
    },
  };
}

describe('a gate that has seen no throttling', () => {
  it('lets every call through at once', async () => {
    const { ask, went, gate } = startGate();
    for (const name of ['a', 'b', 'c']) ask(name);

    assert.deepEqual(await went(), ['a', 'b', 'c']);
    assert.equal(gate.waiting, 0);
  });
});

describe('a gate after a throttled call', () => {
  it('holds all callers for as long as Retry-After says', async () => {
    const { clock, ask, went, end, gate } = startGate();
    ask('hit');
    await end('hit', throttled(20_000));
    ask('a');
    ask('b');

    clock.advance(19_999);
    assert.deepEqual(await went(), ['hit']);
    assert.equal(gate.waiting, 2);
    clock.advance(1);
    assert.deepEqual(await went(), ['hit', 'a']);
  });

  it('lets one go, and twice as many with each answer', async () => {
    const { clock, ask, went, end } = startGate();
    ask('hit');
    await end('hit', throttled());
    for (let index = 1; index <= 9; index++) ask(`${index}`);

    clock.advance(1_000);
    assert.equal((await went()).length, 2);
    await end('1', ANSWERED);
    assert.equal((await went()).length, 4);
    await end('2', ANSWERED);
    assert.equal((await went()).length, 7);
  });

  it('is asked again by one more only after a call that got no answer', async () => {
    const { clock, ask, went, end } = startGate();
    ask('hit');
    await end('hit', throttled());
    for (let index = 1; index <= 9; index++) ask(`${index}`);
    clock.advance(1_000);

    await end('1', { kind: 'unanswered' });

    assert.deepEqual(await went(), ['hit', '1', '2', '3']);
  });

  it('doubles the pause each time, up to a minute, and takes it back after answers', async () => {
    const { clock, ask, went, end, gate } = startGate();
    const pauses: number[] = [];
    const hit = async (name: string) => {
      ask(name);
      await end(name, throttled());
      const next = `after ${name}`;
      ask(next, { maxWaitMs: 100_000 });
      const since = clock.now();
      while (gate.waiting > 0) {
        clock.advance(1_000);
        await went();
      }
      pauses.push(clock.now() - since);
      return next;
    };
    let last = '';
    for (let round = 0; round < 8; round++) {
      last = await hit(`hit ${round}`);
      await end(last, { kind: 'unanswered' });
    }
    assert.deepEqual(
      pauses,
      [1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1_000),
    );

    for (let round = 0; round < 8; round++) {
      ask(`good ${round}`);
      await end(`good ${round}`, ANSWERED);
    }
    await hit('later');
    assert.equal(pauses.at(-1), 1_000);
  });

  it('takes calls that were under way already for old news', async () => {
    const { clock, ask, went, end } = startGate();
    for (const name of ['a', 'b', 'c', 'd']) ask(name);
    for (const name of ['a', 'b', 'c']) await end(name, throttled());
    await end('d', ANSWERED);
    for (const name of ['e', 'f']) ask(name);

    clock.advance(999);
    assert.equal((await went()).length, 4);
    clock.advance(1);
    assert.deepEqual((await went()).slice(4), ['e']);
  });

  it('turns away at once who would wait too long, and says for how long', async () => {
    const { ask, went, end, refused } = startGate();
    ask('hit');
    await end('hit', throttled(40_000));
    ask('late');

    assert.deepEqual(await went(), ['hit']);
    assert.deepEqual(refused, ['late: opens in 40000, 1 wait']);
  });

  it('never waits longer than a minute, whatever Retry-After says', async () => {
    const { ask, end, refused, went } = startGate();
    ask('hit');
    await end('hit', throttled(3_600_000));
    ask('late');
    await went();

    assert.deepEqual(refused, ['late: opens in 60000, 1 wait']);
  });

  it('turns away who waits behind a call that does not come back', async () => {
    const { clock, ask, went, end, refused } = startGate();
    ask('hit');
    await end('hit', throttled());
    ask('probe');
    ask('behind');
    clock.advance(29_999);
    assert.deepEqual([await went(), refused], [['hit', 'probe'], []]);

    clock.advance(1);

    await went();
    assert.deepEqual(refused, ['behind: opens in 0, 1 wait']);
  });
});

describe('a gate with callers that wait', () => {
  it('lets the lower rank go first, and equal ones as they came', async () => {
    const { clock, ask, went } = startGate({ callsPerMinute: 12 });
    for (const name of ['first', 'second']) ask(name);
    ask('read 1', { priority: 2 });
    ask('change 1', { priority: 1 });
    ask('read 2', { priority: 2, maxWaitMs: 60_000 });
    ask('urgent', { priority: 0 });
    ask('change 2', { priority: 1 });

    for (let turn = 0; turn < 5; turn++) {
      clock.advance(6_000);
      await went();
    }

    assert.deepEqual(await went(), ['first', 'second', 'urgent', 'change 1', 'change 2', 'read 1', 'read 2']);
  });

  it('ends the wait of one whose caller aborts, with its reason, and of no other', async () => {
    const { clock, ask, went, end, refused, gate } = startGate();
    const caller = new AbortController();
    ask('hit');
    await end('hit', throttled());
    ask('a', { signal: caller.signal });
    ask('b');

    caller.abort(new Error('cancelled'));
    await went();
    assert.deepEqual([refused, gate.waiting], [['a: cancelled'], 1]);
    clock.advance(1_000);

    assert.deepEqual(await went(), ['hit', 'b']);
  });

  it('does not let one through whose time is up when the process wakes up late', async () => {
    const { clock, ask, went, end, refused } = startGate();
    ask('hit');
    await end('hit', throttled());
    ask('urgent', { priority: 0, maxWaitMs: 3_000 });
    ask('patient');

    clock.freeze(20_000);

    assert.deepEqual(await went(), ['hit', 'patient']);
    assert.deepEqual(refused, ['urgent: opens in 0, 2 wait']);
  });

  it('takes the end of a call once', async () => {
    const { clock, ask, went, end } = startGate();
    ask('hit');
    await end('hit', throttled());
    for (const name of ['a', 'b', 'c', 'd']) ask(name);
    clock.advance(1_000);
    await end('a', ANSWERED);
    await end('a', ANSWERED);

    assert.deepEqual(await went(), ['hit', 'a', 'b', 'c']);
  });
});
