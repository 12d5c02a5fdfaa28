import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nothingKnown, NOW, operation, plan, runFake } from './fake-deps.js';

/** A rebuild whose plans take so long, by the clock of the terminal, and name another image each time. */
async function rebuildAfter(minutes: readonly number[]) {
  let now = NOW.getTime();
  const made: string[] = [];
  const { err, exitCode, calls } = await runFake(
    ['rebuild', 'i-a1', '--region', 'cn-north-1', '--key', 'ops', '--yes', '--detach'],
    {
      env: { USER: 'me' },
      io: { now: () => new Date(now) },
      client: {
        get: nothingKnown,
        plan: async () => {
          now += (minutes[made.length] ?? 0) * 60_000;
          made.push(`img-${made.length + 1}`);
          return plan({ imageAfter: { imageId: made.at(-1) ?? '', name: 'new' } });
        },
        start: async () => operation(),
      },
    },
  );
  assert.equal(exitCode, 0, err.join('\n'));
  return { text: err.join('\n'), made, calls };
}

describe('a plan that something acts on', () => {
  it('is made again when it took long, and only the second is shown', async () => {
    const { text, made, calls } = await rebuildAfter([4, 0]);
    assert.equal(made.length, 2);
    assert.match(text, /that took 4m 00s: looking again/);
    assert.match(text, /img-2/);
    assert.doesNotMatch(text, /img-1/);
    assert.ok(calls.lastIndexOf('plan') < calls.indexOf('start'));
  });

  it('is made once otherwise', async () => {
    const { made, text } = await rebuildAfter([0.5]);
    assert.equal(made.length, 1);
    assert.doesNotMatch(text, /looking again/);
  });
});
