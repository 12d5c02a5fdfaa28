import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CliFleets } from '../../../../client/cli/io/deps.js';
import { failureOf, toReimageError } from '../../../../client/connection/errors.js';
import type { FleetOperation } from '../../../../client/fleets/operation.js';
import type { FailureType } from '../../../../contracts/failures.js';
import { type FakeOptions, runFake } from './fake-deps.js';
import { counts, endedFleet, fleet, FLEET, member, summary } from './fleet-fakes.js';

/** A fleet that is seen like this, look by look; the last look is its end. */
function seen(looks: readonly FleetOperation[], overrides: Partial<CliFleets> = {}): FakeOptions {
  return {
    fleets: {
      get: async () => looks[0] ?? fleet(),
      wait: async (_fleet, options) => {
        for (const look of looks) await options?.onProgress?.(look);
        return looks.at(-1) ?? fleet();
      },
      members: async () => [member('i-a9', { state: 'rebuilding' })],
      phases: async () => new Map([['i-a9', 'stopping' as const]]),
      ...overrides,
    },
  };
}

const ENDS: { type: FailureType | null; code: number }[] = [
  { type: null, code: 0 },
  { type: 'FleetFailed', code: 3 },
  { type: 'FleetAborted', code: 4 },
  { type: 'FleetRejected', code: 4 },
];

describe('reimage fleet status', () => {
  for (const { type, code } of ENDS) {
    it(`exits with ${code} when the fleet ends ${type ?? 'done'}`, async () => {
      const { exitCode, out } = await runFake(['fleet', 'status', 'web'], seen([fleet(), endedFleet(type)]));
      assert.equal(exitCode, code);
      assert.match(out.join('\n'), type === null ? /^done: fleet/ : new RegExp(`${type}: no more`));
    });
  }

  it('prints one line for each change, and none for a look with nothing new', async () => {
    const later = fleet({ summary: summary({ counts: counts({ done: 42, rebuilding: 2, held: 1, waiting: 55 }) }) });
    const { err } = await runFake(['fleet', 'status', 'web'], seen([fleet(), fleet(), later, endedFleet()]));
    assert.deepEqual(err, [
      '2026-11-24T06:01:05.000Z web-1f0c53d5 rebuilding, wave 3/7: 41 done, 1 held, 3 rebuilding, 55 waiting; failures 0/4; 3 under way',
      '2026-11-24T06:01:05.000Z web-1f0c53d5 rebuilding, wave 3/7: 42 done, 1 held, 2 rebuilding, 55 waiting; failures 0/4; 3 under way',
      '2026-11-24T06:01:05.000Z web-1f0c53d5 done: 99 done, 1 failed',
    ]);
  });

  it('with --no-follow shows one screen with the commands that it waits for, and exits with 0', async () => {
    const stands = {
      status: 'awaiting-approval',
      reason: 'waits for approval',
      gate: { name: 'before wave 2' },
    } as const;
    const gate = fleet({ summary: summary(stands) });
    const { exitCode, out, calls } = await runFake(['fleet', 'status', 'web', '--no-follow'], seen([gate]));
    assert.deepEqual([exitCode, calls], [0, ['fleets.get', 'fleets.members', 'close']]);
    assert.match(
      out.join('\n'),
      /reimage fleet approve\|reject web-1f0c53d5 --region cn-north-1 --gate 'before wave 2' --reason TEXT/,
    );
    const ended = await runFake(['fleet', 'status', 'web', '--no-follow'], seen([endedFleet('FleetFailed')]));
    assert.equal(ended.exitCode, 0);
  });

  it('with --no-follow names the VMs that are held, each with the command that tells why', async () => {
    const asked: unknown[] = [];
    const members: CliFleets['members'] = async (_fleet, options) => {
      asked.push(options);
      return [member('i-1', { state: 'held' }), member('i-2', { state: 'held' })];
    };
    const held = fleet({ summary: summary({ held: { current: 2, limit: 2 } }) });
    const { exitCode, out } = await runFake(['fleet', 'status', 'web', '--no-follow'], seen([held], { members }));

    assert.deepEqual([exitCode, asked], [0, [{ states: ['held'] }]]);
    assert.deepEqual(out.slice(-2), [
      '  held      reimage status i-1 --region cn-north-1',
      '  held      reimage status i-2 --region cn-north-1',
    ]);
  });

  it('names the region where one is known, and looks everywhere else', async () => {
    const asked: unknown[] = [];
    const get: CliFleets['get'] = async (named) => {
      asked.push(named);
      return endedFleet();
    };
    await runFake(['fleet', 'status', 'web', '--no-follow'], seen([], { get }));
    await runFake(['fleet', 'status', 'web', '--no-follow', '--region', 'cn-east-2'], seen([], { get }));
    await runFake(['fleet', 'status', 'web', '--no-follow'], { ...seen([], { get }), env: { JDCLOUD_REGION: 'cn-x' } });
    assert.deepEqual(asked, [
      { fleetId: 'web' },
      { fleetId: 'web', regionId: 'cn-east-2' },
      { fleetId: 'web', regionId: 'cn-x' },
    ]);
  });

  it('with --output json prints the fleet as it ended', async () => {
    const { out } = await runFake(['fleet', 'status', 'web', '--output', 'json'], seen([fleet(), endedFleet()]));
    assert.deepEqual([out.length, JSON.parse(out[0] ?? '')], [1, { outcome: 'done', ...endedFleet() }]);
  });

  it('exits with 6 where there is no such fleet', async () => {
    const get = () => Promise.reject(toReimageError(failureOf('FleetNotFound', 'none')));
    assert.equal((await runFake(['fleet', 'status', 'web'], seen([], { get }))).exitCode, 6);
  });
});

describe('reimage fleet watch', () => {
  it('on a terminal draws frames with the VMs that are under way, and prints the end', async () => {
    let undrawn = 0;
    const { frames, out, exitCode } = await runFake(['fleet', 'watch', 'web'], {
      ...seen([fleet(), endedFleet()]),
      io: { isLive: true, undraw: () => void (undrawn += 1) },
    });
    assert.deepEqual([exitCode, frames.length, undrawn], [0, 2, 1]);
    assert.match((frames[0] ?? []).join('\n'), /◌ i-a9 +stopping/);
    assert.match(out[0] ?? '', /^done: fleet/);
  });

  it('given Ctrl-C, leaves the fleet running and says how to come back', async () => {
    let interrupt = () => undefined as void;
    const { exitCode, err } = await runFake(['fleet', 'watch', 'web'], {
      ...seen([], {
        get: async () => fleet(),
        wait: async (_fleet, options) => {
          interrupt();
          options?.signal?.throwIfAborted();
          return endedFleet();
        },
      }),
      io: {
        onInterrupt: (listener) => {
          interrupt = listener;
          return () => undefined;
        },
      },
    });
    assert.equal(exitCode, 130);
    assert.match(err.join('\n'), /goes on. Follow it: reimage fleet watch web-1f0c53d5 --region cn-north-1/);
  });
});

describe('reimage fleet list', () => {
  it('prints a table, or one object', async () => {
    const fleets = [fleet({ retryOf: 'web-00000000' }), endedFleet('FleetFailed')];
    const list: CliFleets['list'] = async () => fleets;
    const io = { size: () => ({ width: 200, rows: 24 }) };
    const { out } = await runFake(['fleet', 'list'], { fleets: { list }, io });
    assert.match(out[0] ?? '', /^REGION +FLEET +STATUS +VMS/);
    assert.match(out[1] ?? '', /web-1f0c53d5 +rebuilding +100 .*retry of web-00000000$/);
    const json = await runFake(['fleet', 'list', '--running', '--output', 'json'], { fleets: { list } });
    assert.deepEqual(
      (JSON.parse(json.out[0] ?? '') as { fleets: { fleetId: string }[] }).fleets.map((f) => f.fleetId),
      [FLEET.fleetId, FLEET.fleetId],
    );
  });

  it('tells what cannot be decrypted, also where there is no room for the column that says so', async () => {
    const unreadable = { keyId: '2026-10', message: 'The key is not here.' };
    const list: CliFleets['list'] = async () => [fleet({ requestedBy: null, unreadable })];
    const { err } = await runFake(['fleet', 'list'], { fleets: { list } });
    assert.deepEqual(err, ['! web-1f0c53d5: unreadable (key "2026-10")']);
  });
});
