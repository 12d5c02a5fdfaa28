import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SPEC } from '../fleet/fleets.js';
import { type FakeOptions, nothingKnown, runFake, type Seen } from './fake-deps.js';
import { details } from './schedule-fakes.js';

/** Never answers, and ends with the signal that it was given, as the library does. */
function hanging(onCall: () => void) {
  return async (...args: readonly unknown[]): Promise<never> => {
    const options = args.at(-1);
    assert.ok(typeof options === 'object' && options !== null && 'signal' in options);
    const { signal } = options;
    assert.ok(signal instanceof AbortSignal, 'the call takes a signal');
    return await new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      onCall();
    });
  };
}

/** Runs a command whose planning hangs, with Ctrl-C as soon as it does. */
async function interrupted(argv: readonly string[], given: FakeOptions = {}): Promise<Seen> {
  const listeners = new Set<() => void>();
  const hang = hanging(() => {
    for (const listener of listeners) listener();
  });
  return await runFake(argv, {
    client: { get: nothingKnown, plan: hang, planRollback: hang },
    fleets: { plan: hang, planRetry: hang, planRollback: hang },
    schedules: { describe: async () => details() },
    env: { USER: 'alice' },
    io: {
      readFile: async () => Buffer.from(JSON.stringify(SPEC)),
      onInterrupt: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    ...given,
  });
}

const REBUILD = 'rebuild i-a1 --region cn-north-1 --image img-new --key ops'.split(' ');
const BEGIN = [
  [...REBUILD, '--yes'],
  [...REBUILD, '--dry-run'],
  'rollback i-a1 --region cn-north-1 --reason r --yes'.split(' '),
  'fleet plan web.yaml'.split(' '),
  'fleet start web.yaml --yes'.split(' '),
  'fleet rehearse web.yaml'.split(' '),
  'fleet retry web --yes'.split(' '),
  'fleet rollback web --yes'.split(' '),
  'schedule create web.yaml --id web --cron @daily --zone Asia/Shanghai --yes'.split(' '),
  'schedule trigger web --reason r --yes'.split(' '),
];
const SAYS = 'Ended by Ctrl-C. Nothing was started, and nothing was touched.';

describe('Ctrl-C before anything is begun', () => {
  for (const argv of BEGIN) {
    it(`ends \`${argv.join(' ')}\` while it plans, and says that nothing was touched`, async () => {
      const { exitCode, err, calls } = await interrupted(argv);
      assert.equal(exitCode, 130, err.join('\n'));
      assert.equal(err.at(-1), SAYS);
      assert.deepEqual(
        calls.filter((call) => /start|rollback|create|trigger$/.test(call)),
        [],
      );
    });
  }

  it('says so while it connects, and to programs as one that was cancelled', async () => {
    let listener = () => {};
    const seen = await interrupted([...REBUILD, '--yes', '--output', 'json'], {
      connect: hanging(() => listener()),
      io: { onInterrupt: (each) => ((listener = each), () => undefined) },
    });
    assert.deepEqual([seen.exitCode, seen.err.at(-1)], [130, SAYS]);
    const said = JSON.parse(seen.out[0] ?? '') as { outcome: string; failure: { message: string } };
    assert.deepEqual([said.outcome, said.failure.message], ['cancelled', SAYS]);
  });
});
