import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createBatcher } from '../../../jdcloud/batcher.js';
import { controlledLoad, type LoadedValue, settled } from './controlled-load.js';

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('ask'), key: fc.constantFrom('a', 'b', 'c', 'd'), fresh: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait'), milliseconds: fc.constantFrom(5, 10, 25) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('succeed', 'fail', 'abort'), pick: fc.nat(20) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Asked {
  readonly key: string;
  readonly fresh: boolean;
  readonly askedAt: number;
  readonly leaving: AbortController;
  end: { readonly value: LoadedValue; readonly at: number } | { readonly reason: unknown } | null;
}

/** Plays the steps, then ends every call, and tells what each ask got. */
async function play(steps: readonly Step[], tickTimers: (milliseconds: number) => void) {
  let order = 0;
  const { calls, load } = controlledLoad(() => ++order);
  const batcher = createBatcher({ load, windowMs: 10, maxKeys: 2 });
  const asked: Asked[] = [];
  const ended = new Map<object, number>();
  const open = () => calls.filter((call) => !ended.has(call));

  async function end(pick: number, how: 'succeed' | 'fail'): Promise<void> {
    const call = open()[pick % Math.max(1, open().length)];
    if (call === undefined) return;
    ended.set(call, ++order);
    await (how === 'succeed' ? call.succeed() : call.fail(new Error('failed')));
  }

  for (const one of steps) {
    if ('key' in one) {
      const ask: Asked = {
        key: one.key,
        fresh: one.fresh,
        askedAt: ++order,
        leaving: new AbortController(),
        end: null,
      };
      asked.push(ask);
      batcher.load(one.key, { fresh: one.fresh, signal: ask.leaving.signal }).then(
        (value) => (ask.end = { value, at: ++order }),
        (reason: unknown) => (ask.end = { reason }),
      );
    } else if ('milliseconds' in one) {
      tickTimers(one.milliseconds);
    } else if (one.do === 'abort') {
      asked[one.pick % Math.max(1, asked.length)]?.leaving.abort(new Error('left'));
    } else {
      // Steps are played one after the other: their order is what is tried.
      // oxlint-disable-next-line no-await-in-loop
      await end(one.pick, one.do === 'fail' ? 'fail' : 'succeed');
    }
    // oxlint-disable-next-line no-await-in-loop
    await settled();
  }
  for (let round = 0; round < 200 && asked.some(({ end: got }) => got === null); round += 1) {
    tickTimers(10);
    // oxlint-disable-next-line no-await-in-loop
    await settled();
    // oxlint-disable-next-line no-await-in-loop
    await end(0, 'succeed');
  }
  return { calls, asked, ended };
}

describe('a batcher under any order of asks, answers, faults and aborts', () => {
  it('answers each ask once, from a call that is new enough, and makes no call without need', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { calls, asked, ended } = await play(steps, (milliseconds) => t.mock.timers.tick(milliseconds));

        for (const { key, fresh, askedAt, end } of asked) {
          assert.ok(end !== null, `an ask for ${key} was never answered`);
          if ('reason' in end) continue;
          assert.equal(end.value.key, key);
          if (fresh) assert.ok(end.value.call.startedAt > askedAt, 'a fresh ask was served by a call begun before it');
          assert.ok((ended.get(end.value.call) ?? 0) > askedAt, 'an ask was served by a call that had ended before it');
        }
        assert.ok(calls.length <= asked.length, 'more calls than asks');
        for (const { keys } of calls) {
          assert.ok(keys.length >= 1 && keys.length <= 2);
          assert.equal(new Set(keys).size, keys.length);
        }
      }),
      { numRuns: 300 },
    );
  });
});
