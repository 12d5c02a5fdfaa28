import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TurnedDown } from '../../../jdcloud/credential-source.js';
import { commandSource } from '../../../jdcloud/credentials-command.js';

const START = Date.parse('2026-11-30T08:00:00Z');
const SECONDS = 1_000;

/** A source over a script of outputs, one a run; a function is awaited for it. Its clocks move by `pass` alone. */
function stand(outputs: readonly (string | Error | (() => Promise<string>))[]) {
  let passed = 0;
  const runs: { readonly line: string; readonly at: number }[] = [];
  const run = async (line: string) => {
    const output = outputs[Math.min(runs.length, outputs.length - 1)] ?? '';
    runs.push({ line, at: passed });
    if (output instanceof Error) throw output;
    return typeof output === 'string' ? output : await output();
  };
  const clocks = { wall: () => START + passed, steady: () => passed };
  const source = commandSource('vault read jdcloud', run, clocks);
  const keyAfter = async (after: TurnedDown | null = null) => (await source({ after })).found?.accessKey ?? 'none';
  return { source, keyAfter, runs, pass: (ms: number) => (passed += ms), now: () => passed };
}

const printed = (accessKey: string, fields: object = {}) => JSON.stringify({ accessKey, secretKey: 's', ...fields });
const expiring = (accessKey: string, inSeconds: number) =>
  printed(accessKey, { sessionToken: 't', expiration: new Date(START + inSeconds * SECONDS).toISOString() });

/** Long enough that what an earlier run set off in the background has ended. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('credentials of a command', () => {
  it('are what it prints, by the names of JD Cloud, whatever else it prints', async () => {
    const output = printed('A', {
      version: 1,
      sessionToken: 'T',
      expiration: '2026-11-30T17:00:00+08:00',
      Code: 'success',
    });
    const { source, runs } = stand([output]);

    const { found } = await source({ after: null });

    assert.deepEqual(found, {
      accessKey: 'A',
      secretKey: 's',
      sessionToken: 'T',
      expiresAt: '2026-11-30T09:00:00.000Z',
      from: 'the command in JDCLOUD_CREDENTIALS_COMMAND',
      renews: true,
    });
    assert.deepEqual(runs, [{ line: 'vault read jdcloud', at: 0 }]);
  });

  const unusable: readonly (readonly [name: string, output: string, message: RegExp])[] = [
    ['no JSON', 'hidden-secret', /must print JSON; what it prints is none$/],
    ['no object', '"hidden-secret"', /what it prints is no object$/],
    ['no secret', '{"accessKey":"hidden-secret"}', /JDCLOUD_CREDENTIALS_COMMAND.*; secretKey is missing/],
    ['an empty key', '{"accessKey":" ","secretKey":"hidden-secret"}', /; accessKey is missing or not as it should be$/],
    ['numbers', '{"accessKey":1,"secretKey":["hidden-secret"]}', /; accessKey and secretKey are missing or not/],
    ['another version', printed('hidden-secret', { version: 2 }), /; version is missing or not as it should be$/],
    [
      'no time',
      printed('hidden-secret', { expiration: 'hidden-secret' }),
      /expiration in what the command prints is no time/,
    ],
    ['a wrong time', printed('hidden-secret', { expiration: '2026-13-40T00:00:00Z' }), /is no time such as/],
  ];
  for (const [name, output, message] of unusable) {
    it(`that print ${name} are refused by the field's name, and nothing of it is shown`, async () => {
      await assert.rejects(stand([output]).keyAfter(), (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(String(error.stack), /hidden-secret/);
        return true;
      });
    });
  }

  it('show nothing of what was printed, whatever that is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((text) => text.slice(1)),
        ),
        fc.stringMatching(/^[a-z]{12}$/),
        async (noise, secret) => {
          const { source } = stand([`${noise}${secret}`]);
          const error = await source({ after: null }).catch((thrown: unknown) => thrown);
          assert.ok(error instanceof Error, 'it was taken');
          assert.ok(!error.message.includes(secret) && !String(error.cause).includes(secret), error.message);
        },
      ),
    );
  });

  it('cannot be had by a program that runs no commands, which says so', async () => {
    await assert.rejects(commandSource('x')({ after: null }), /JDCLOUD_CREDENTIALS_COMMAND is set, and this program/);
  });
});

describe('the renewal of a command', () => {
  it('is one run for all who ask at once', async () => {
    let release: (output: string) => void = () => undefined;
    const { keyAfter, runs } = stand([() => new Promise((resolve) => (release = resolve))]);

    const asked = Promise.all([keyAfter(), keyAfter(), keyAfter('refused'), keyAfter('forbidden')]);
    release(printed('A'));

    assert.deepEqual(await asked, ['A', 'A', 'A', 'A']);
    assert.equal(runs.length, 1);
  });

  it('comes before they expire, beside the calls, which go on with those that are still good', async () => {
    const { keyAfter, runs, pass } = stand([expiring('A', 3_600), expiring('B', 7_200)]);
    await keyAfter();
    pass(3_290 * SECONDS);
    const longBefore = [await keyAfter(), runs.length];
    pass(20 * SECONDS);
    const meanwhile = await keyAfter();
    await settled();

    assert.deepEqual([longBefore, meanwhile, runs.length, await keyAfter()], [['A', 1], 'A', 2, 'B']);
  });

  it('of short-lived ones comes after half of their life', async () => {
    const { keyAfter, runs, pass } = stand([expiring('A', 60), expiring('B', 120)]);
    await keyAfter();
    pass(29 * SECONDS);
    await keyAfter();
    assert.equal(runs.length, 1);
    pass(1 * SECONDS);
    await keyAfter();
    await settled();

    assert.deepEqual([runs.length, await keyAfter()], [2, 'B']);
  });

  it('is waited for once they have expired', async () => {
    const { keyAfter, pass } = stand([expiring('A', 60), expiring('B', 900)]);
    await keyAfter();
    pass(61 * SECONDS);

    assert.equal(await keyAfter(), 'B');
  });

  it('that fails harms nobody as long as they are good, and then says why', async () => {
    const { keyAfter, pass } = stand([expiring('A', 60), new Error('the vault is sealed')]);
    await keyAfter();
    pass(40 * SECONDS);
    const meanwhile = [await keyAfter(), (await settled(), await keyAfter())];
    pass(21 * SECONDS);

    assert.deepEqual(meanwhile, ['A', 'A']);
    await assert.rejects(keyAfter(), /the vault is sealed/);
  });

  it('comes at once when they were refused, and then not again for 5 s', async () => {
    const { keyAfter, runs, pass } = stand([printed('A'), printed('B'), printed('C')]);
    await keyAfter();
    pass(6 * SECONDS);
    const keys = [await keyAfter('refused'), await keyAfter('refused')];
    pass(4 * SECONDS);
    keys.push(await keyAfter('refused'));
    pass(1 * SECONDS);
    keys.push(await keyAfter('refused'));

    assert.deepEqual(keys, ['B', 'B', 'B', 'C']);
    assert.equal(runs.length, 3);
  });

  it('for a missing right comes once a minute, and where it fails the old ones stay', async () => {
    const { keyAfter, runs, pass } = stand([printed('A'), new Error('sealed')]);
    await keyAfter();
    pass(59 * SECONDS);
    const early = [await keyAfter('forbidden'), runs.length];
    pass(1 * SECONDS);

    assert.deepEqual([early, await keyAfter('forbidden'), runs.length], [['A', 1], 'A', 2]);
  });

  it('gives what is good, and pauses between two runs, whatever is asked and whenever', async () => {
    const step = fc.record({
      afterMs: fc.nat({ max: 20_000 }),
      after: fc.constantFrom<TurnedDown | null>(null, null, 'refused', 'forbidden'),
    });
    const output = fc.oneof(
      fc.nat({ max: 90 }).map((seconds) => seconds),
      fc.constant(null),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1 }), fc.array(output, { minLength: 1 }), async (steps, outputs) => {
        const script = outputs.map((seconds, index) => async () => {
          if (seconds === null) throw new Error('sealed');
          return printed(`K${index}`, { expiration: new Date(START + now() + seconds * SECONDS).toISOString() });
        });
        const { keyAfter, runs, pass, now } = stand(script);
        for (const { afterMs, after } of steps) {
          pass(afterMs);
          const before = runs.length;
          await keyAfter(after).catch((error: Error) => assert.equal(error.message, 'sealed'));
          await settled();
          assert.ok(runs.length - before <= 1, 'one question is one run at most');
        }
        const pauses = runs.slice(1).map(({ at }, index) => at - (runs[index]?.at ?? 0));
        assert.ok(
          pauses.every((pause) => pause >= 5 * SECONDS),
          `${pauses.join(', ')}`,
        );
      }),
    );
  });
});
