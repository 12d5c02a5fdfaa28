import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type BatcherOptions, createBatcher } from '../../../jdcloud/batcher.js';
import { controlledLoad, type LoadCall, type LoadedValue, settled } from './controlled-load.js';

/** A batcher on a clock that only the test moves. */
function start(t: TestContext, options: Partial<BatcherOptions<LoadedValue>> = {}) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  const { calls, load } = controlledLoad();
  const batcher = createBatcher({ load, windowMs: 20, maxKeys: 3, now: () => now, ...options });
  const pass = async (milliseconds: number) => {
    now += milliseconds;
    t.mock.timers.tick(milliseconds);
    await settled();
  };
  const call = (index: number): LoadCall => {
    const found = calls[index];
    assert.ok(found, `there is no call ${index}, only ${calls.length}`);
    return found;
  };
  return { ...batcher, calls, call, pass };
}

const keysOf = (calls: readonly LoadCall[]) => calls.map(({ keys }) => keys);

describe('a batcher', () => {
  it('makes one call of what arrives within its window, equal keys once', async (t) => {
    const { load, calls, call, pass } = start(t);
    const first = load('a');
    await pass(19);
    const others = [load('b'), load('a', { fresh: true })];
    await pass(1);
    assert.deepEqual(keysOf(calls), [['a', 'b']]);

    await call(0).succeed();

    const keys = (await Promise.all([first, ...others])).map(({ key }) => key);
    assert.deepEqual(keys, ['a', 'b', 'a']);
  });

  it('gathers what arrives while a call is under way and sends it when that has ended', async (t) => {
    const { load, calls, call, pass } = start(t);
    const first = load('a');
    await pass(20);
    const later = [load('b')];
    await pass(50);
    later.push(load('c'));
    await pass(50);
    assert.deepEqual(keysOf(calls), [['a']]);

    await call(0).succeed();
    assert.deepEqual(keysOf(calls), [['a'], ['b', 'c']]);

    await call(1).succeed();
    await Promise.all([first, ...later]);
  });

  it('does not wait for a stalled call for more than two seconds', async (t) => {
    const { load, calls, call, pass } = start(t);
    const stalled = load('a');
    await pass(20);
    const later = load('b');
    await pass(20);
    await pass(1_999);
    assert.deepEqual(keysOf(calls), [['a']]);
    await pass(1);
    assert.deepEqual(keysOf(calls), [['a'], ['b']]);

    await call(1).succeed();
    assert.equal((await later).key, 'b');
    await call(0).succeed();
    await stalled;
  });

  it('makes several calls of more keys than one may hold', async (t) => {
    const { load, calls, pass } = start(t);
    const asks = ['a', 'b', 'c', 'd'].map((key) => load(key));
    await pass(20);

    assert.deepEqual(keysOf(calls), [['a', 'b', 'c'], ['d']]);

    await Promise.all(calls.map((call) => call.succeed()));
    assert.deepEqual(
      (await Promise.all(asks)).map(({ key }) => key),
      ['a', 'b', 'c', 'd'],
    );
  });

  it('lets an ask join a call under way, and a fresh one never', async (t) => {
    const { load, calls, call, pass } = start(t);
    const asking = [load('a')];
    await pass(20);
    asking.push(load('a'), load('a', { fresh: true }));
    await pass(20);
    await call(0).succeed();
    await call(1).succeed();

    const [first, joined, fresh] = (await Promise.all(asking)).map((value) => calls.indexOf(value.call));
    assert.deepEqual([first, joined, fresh], [0, 0, 1]);
  });

  it('serves a young answer again, its age counted from the beginning of the call, and never to a fresh ask', async (t) => {
    const { load, calls, call, pass } = start(t, { maxAgeMs: 100 });
    const first = load('a');
    await pass(20);
    await pass(60);
    await call(0).succeed();
    await first;

    await pass(40);
    assert.equal((await load('a')).call, call(0));
    const fresh = load('a', { fresh: true });
    await pass(20);
    await call(1).succeed();
    assert.equal((await fresh).call, call(1));
    await pass(101);
    void load('a').catch(() => {});
    await pass(20);
    assert.equal(calls.length, 3);
  });

  it('keeps only answers that may be kept', async (t) => {
    const { load, calls, call, pass } = start(t, { maxAgeMs: 100, mayKeep: ({ key }) => key !== 'b' });
    const both = [load('a'), load('b')];
    await pass(20);
    await call(0).succeed();
    await Promise.all(both);

    void load('a');
    void load('b');
    await pass(20);

    assert.deepEqual(keysOf(calls), [['a', 'b'], ['b']]);
  });

  it('gives the error of a call to everybody in it, to nobody else, and asks anew afterwards', async (t) => {
    const { load, call, calls, pass } = start(t, { maxKeys: 2, maxAgeMs: 100 });
    const asks = ['a', 'b', 'c'].map((key) => load(key));
    const results = Promise.allSettled(asks);
    await pass(20);
    const error = new Error('throttled');
    await call(0).fail(error);
    await call(1).succeed();

    const [a, b, c] = await results;
    assert.deepEqual(
      [a, b],
      [
        { status: 'rejected', reason: error },
        { status: 'rejected', reason: error },
      ],
    );
    assert.equal(c?.status, 'fulfilled');
    void load('a');
    await pass(20);
    assert.deepEqual(keysOf(calls).at(-1), ['a']);
  });

  it('rejects every ask of a load that throws at once, and goes on', async (t) => {
    let isBroken = true;
    const loaded = controlledLoad();
    const loadOrBreak: typeof loaded.load = (keys, signal) => {
      if (isBroken) throw new Error('broken');
      return loaded.load(keys, signal);
    };
    const { load, pass } = start(t, { load: loadOrBreak });
    const broken = assert.rejects(load('a'), /broken/);
    await pass(20);
    await broken;
    isBroken = false;
    const next = load('a');
    await pass(20);
    await loaded.calls[0]?.succeed();

    assert.equal((await next).key, 'a');
  });

  it('rejects an ask that the answer says nothing of', async (t) => {
    const { load, pass } = start(t, { load: async () => new Map() });
    const asking = assert.rejects(load('a'), /says nothing of a/);
    await pass(20);
    await asking;
  });
});

describe("a caller's abort", () => {
  const reason = new Error('the caller left');

  it('drops that ask alone', async (t) => {
    const { load, call, pass } = start(t);
    const leaving = new AbortController();
    const left = assert.rejects(load('a', { signal: leaving.signal }), (error) => error === reason);
    const stayed = load('a');
    await pass(20);
    leaving.abort(reason);
    await left;

    assert.equal(call(0).signal.aborted, false);
    await call(0).succeed();
    assert.equal((await stayed).key, 'a');
  });

  it('ends the call when nobody is left, and nobody new joins it', async (t) => {
    const { load, calls, call, pass } = start(t);
    const leaving = new AbortController();
    const left = ['a', 'b'].map((key) =>
      assert.rejects(load(key, { signal: leaving.signal }), (error) => error === reason),
    );
    await pass(20);
    leaving.abort(reason);
    await Promise.all(left);
    assert.equal(call(0).signal.aborted, true);

    const next = load('a');
    await pass(20);
    assert.equal(calls.length, 2);
    await call(1).succeed();
    assert.equal((await next).call, call(1));
  });

  it('before the call takes its key out of it', async (t) => {
    const { load, calls, pass } = start(t);
    const leaving = new AbortController();
    const left = assert.rejects(load('a', { signal: leaving.signal }), (error) => error === reason);
    void load('b');
    leaving.abort(reason);
    await left;
    await pass(20);

    assert.deepEqual(keysOf(calls), [['b']]);
  });

  it('before the ask asks for nothing', async (t) => {
    const { load, calls, pass } = start(t);

    await assert.rejects(load('a', { signal: AbortSignal.abort(reason) }), (error) => error === reason);
    await pass(20);

    assert.equal(calls.length, 0);
  });
});
