import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { mayBeLeftOut } from './pairs.js';
import { compileSleep, createSleepingMachine } from './sleeping-machine.js';

const SLEEP_MS = 1_000;

/** Prints both of its clocks, in milliseconds, for each line that it is sent. */
const CLOCKS = `process.stdin.on('data', () => console.log(performance.now(), Date.now()))`;

describe('a machine that sleeps', () => {
  it('stops the steady clock of its worker, and not the wall clock', async (t) => {
    const { library, whyNot } = await compileSleep(t);
    if (library === null) return t.skip(whyNot);
    const machine = await createSleepingMachine(t, library);
    const child = spawn(process.execPath, ['-e', CLOCKS], { env: { ...process.env, ...machine.env } });
    t.after(() => child.kill('SIGKILL'));
    const lines = createInterface({ input: child.stdout });
    const clocks = async (): Promise<[number, number]> => {
      const said = once(lines, 'line');
      child.stdin.write('now\n');
      const [steady = 0, wall = 0] = String((await said)[0])
        .split(' ')
        .map(Number);
      return [steady, wall];
    };

    const [steadyBefore, wallBefore] = await clocks();
    child.kill('SIGSTOP');
    await delay(SLEEP_MS);
    await machine.sleptFor(SLEEP_MS);
    child.kill('SIGCONT');
    const [steadyAfter, wallAfter] = await clocks();

    const missing = wallAfter - wallBefore - (steadyAfter - steadyBefore);
    assert.ok(Math.abs(missing - SLEEP_MS) < 50, `the steady clock lacks ${missing} ms`);
  });

  it('is left out with the reason where there is no compiler, and CI fails for it', async (t) => {
    const { library, whyNot } = await compileSleep(t, 'no-such-compiler');

    assert.equal(library, null);
    assert.match(whyNot ?? '', /no-such-compiler/);
    const left = { count: 1, why: whyNot ?? '' };
    assert.deepEqual(
      [
        { left, env: {} },
        { left, env: { CI: 'true' } },
        { left: null, env: { CI: 'true' } },
      ].map(({ env, ...pairs }) => mayBeLeftOut(pairs, env)),
      [true, false, true],
    );
  });
});
