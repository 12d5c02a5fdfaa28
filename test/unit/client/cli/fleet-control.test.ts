import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CliFleets } from '../../../../client/cli/io/deps.js';
import { failureOf, toReimageError } from '../../../../client/connection/errors.js';
import { type FakeOptions, runFake } from './fake-deps.js';
import { endedFleet, fleet, member, summary } from './fleet-fakes.js';

const AT = '2026-11-24T06:01:04.000Z';
const WHY = ['--reason', 'because'];
const WHO = { by: 'alice', reason: 'because' };

type ActName = Exclude<keyof CliFleets, 'plan' | 'readPlan' | 'start' | 'get' | 'list' | 'wait' | 'members' | 'phases'>;

const FAILED = [
  member('i-a7', { state: 'failed', failure: 'VmInError', reason: 'JD Cloud shows \u202eit as error' }),
  member('i-a9', { state: 'cancelled' }),
];

/** A library that takes every act, and keeps what it was given. */
function taking(given: unknown[]): FakeOptions {
  const act =
    (name: string) =>
    async (_fleet: unknown, input: { by: string; reason: string }, options: object = {}) => {
      given.push([name, input, options]);
      return { at: AT, action: name, by: input.by, reason: input.reason };
    };
  const names = ['pause', 'resume', 'approve', 'reject', 'abort', 'set', 'skip', 'retryFailed'] as const;
  const acts = Object.fromEntries(names.map((name) => [name, act(name)])) as Partial<Pick<CliFleets, ActName>>;
  return { fleets: { get: async () => fleet(), members: async () => FAILED, ...acts }, env: { USER: 'alice' } };
}

const rows: { argv: string[]; sends: unknown }[] = [
  { argv: ['pause', 'web', ...WHY], sends: ['pause', WHO, {}] },
  {
    argv: ['resume', 'web', ...WHY, '--pause', '2', '--by', 'eve'],
    sends: ['resume', { ...WHO, pause: 2, by: 'eve' }, {}],
  },
  {
    argv: ['approve', 'web', ...WHY, '--gate', 'before wave 2'],
    sends: ['approve', { ...WHO, planDigest: '1f0c53d5aa', gate: 'before wave 2' }, {}],
  },
  {
    argv: ['approve', 'web', ...WHY, '--gate', 'before wave 2', '--digest', 'another'],
    sends: ['approve', { ...WHO, planDigest: 'another', gate: 'before wave 2' }, {}],
  },
  {
    argv: ['reject', 'web', ...WHY, '--gate', 'before wave 2'],
    sends: ['reject', { ...WHO, gate: 'before wave 2' }, {}],
  },
  { argv: ['abort', 'web', ...WHY], sends: ['abort', { ...WHO, now: false }, {}] },
  {
    argv: ['abort', 'web', ...WHY, '--now', '--request-id', 'r1'],
    sends: ['abort', { ...WHO, now: true }, { requestId: 'r1' }],
  },
  {
    argv: ['set', 'web', ...WHY, '--max-unavailable', '20', '--max-failures', '0', '--max-held', '2'],
    sends: ['set', { ...WHO, maxUnavailable: 20, maxFailures: 0, maxHeld: 2 }, {}],
  },
  {
    argv: ['skip', 'web', 'i-a1', 'i-a2', ...WHY],
    sends: ['skip', { ...WHO, instanceIds: ['i-a1', 'i-a2'] }, {}],
  },
  { argv: ['retry-failed', 'web', ...WHY], sends: ['retryFailed', { ...WHO, instanceIds: ['i-a7', 'i-a9'] }, {}] },
  {
    argv: ['retry-failed', 'web', 'i-a1', ...WHY],
    sends: ['retryFailed', { ...WHO, instanceIds: ['i-a1'] }, {}],
  },
];

const GATE = { gate: 'before wave 2' };

/** Acts that answer something that the fleet stands at, and what it stands at in {@link standing}. */
const ANSWERS = [
  {
    act: 'approve',
    names: "--gate 'before wave 2'",
    shown: 'before wave 2',
    sends: { planDigest: '1f0c53d5aa', ...GATE },
  },
  { act: 'reject', names: "--gate 'before wave 2'", shown: 'before wave 2', sends: GATE },
  { act: 'resume', names: '--pause 3', shown: '3', sends: { pause: 3 } },
] as const;

/** A fleet at a gate, which somebody has paused besides. */
function standing(given: unknown[]): FakeOptions {
  const stands = summary({ status: 'awaiting-approval', gate: { name: 'before wave 2' }, pause: { number: 3 } });
  const options = taking(given);
  return { ...options, fleets: { ...options.fleets, get: async () => fleet({ summary: stands }) } };
}

describe('acts on a fleet', () => {
  for (const { argv, sends } of rows) {
    it(`reimage fleet ${argv.join(' ')}`, async () => {
      const given: unknown[] = [];
      const { exitCode, out } = await runFake(['fleet', ...argv], taking(given));
      assert.equal(exitCode, 0);
      assert.deepEqual(given, [sends]);
      assert.match(out.join('\n'), /^web-1f0c53d5: 2026-11-24T06:01:04\.000Z \w+ by \w+: because$/);
    });
  }

  it('approve shows what is approved, with its digest', async () => {
    const { err } = await runFake(['fleet', 'approve', 'web', ...WHY, '--gate', 'before wave 2'], taking([]));
    assert.match(err.join('\n'), /digest {4}1f0c53d5aa/);
  });

  it('of a fleet of which no worker tells is refused in one sentence, in the words of whoever said why', async () => {
    const given: unknown[] = [];
    const untold = fleet({ summary: null, note: 'no worker answered: The key is not here.' });
    const options = taking(given);
    const { exitCode, err } = await runFake(['fleet', 'approve', 'web', ...WHY], {
      ...options,
      fleets: { ...options.fleets, get: async () => untold },
    });
    assert.deepEqual([exitCode, given], [7, []]);
    assert.match(err.join('\n'), /Nothing was done, since no worker answered: The key is not here\.$/m);
  });

  for (const { act, names, shown, sends } of ANSWERS) {
    it(`${act} answers what was shown, once the person has typed its name`, async () => {
      const given: unknown[] = [];
      const asks = { canAsk: true, ask: async () => shown };
      const { exitCode, err } = await runFake(['fleet', act, 'web', ...WHY], { ...standing(given), io: asks });
      assert.deepEqual([exitCode, given], [0, [[act, { ...WHO, ...sends }, {}]]]);
      assert.match(err.join('\n'), /digest {4}1f0c53d5aa/);
    });

    it(`${act} sends nothing where the person types the name of another`, async () => {
      const given: unknown[] = [];
      const asks = { canAsk: true, ask: async () => 'another' };
      const { exitCode } = await runFake(['fleet', act, 'web', ...WHY], { ...standing(given), io: asks });
      assert.deepEqual([exitCode, given], [4, []]);
    });

    it(`${act} in a script that does not name what it means is refused, and told what there is now`, async () => {
      const given: unknown[] = [];
      const { exitCode, err } = await runFake(['fleet', act, 'web', ...WHY], standing(given));
      assert.deepEqual([exitCode, given], [2, []]);
      assert.ok(err.join('\n').includes(names), err.join('\n'));
    });

    it(`${act} is refused where there is nothing to answer, where the fleet has ended, and where nobody tells`, async () => {
      const seen = [fleet(), endedFleet(), fleet({ summary: null, note: 'no worker answered' })];
      for (const [at, code] of [5, 5, 7].entries()) {
        const given: unknown[] = [];
        const options = { ...taking(given), fleets: { ...taking(given).fleets, get: async () => seen[at] ?? fleet() } };
        const { exitCode } = await runFake(['fleet', act, 'web', ...WHY], options);
        assert.deepEqual([exitCode, given], [code, []]);
      }
    });
  }

  it('retry-failed shows whom it takes, where none is named', async () => {
    const { err } = await runFake(['fleet', 'retry-failed', 'web', ...WHY], taking([]));
    assert.deepEqual(err.slice(0, 2), ['i-a7 failed: VmInError: JD Cloud shows \\u202eit as error', 'i-a9 cancelled']);
  });

  it('retry-failed of nobody, or of a fleet that has ended, sends nothing', async () => {
    for (const has of [{ members: async () => [] }, { get: async () => endedFleet() }]) {
      const given: unknown[] = [];
      const fleets = { ...taking(given).fleets, ...has };
      const { exitCode } = await runFake(['fleet', 'retry-failed', 'web', ...WHY], { ...taking(given), fleets });
      assert.deepEqual([exitCode, given], [5, []]);
    }
  });

  it('given --output json, prints what was taken', async () => {
    const { out } = await runFake(['fleet', 'pause', 'web', ...WHY, '--output', 'json'], taking([]));
    assert.deepEqual(JSON.parse(out[0] ?? ''), {
      outcome: 'taken',
      fleetId: 'web-1f0c53d5',
      regionId: 'cn-north-1',
      auditEntry: { at: AT, action: 'pause', ...WHO },
    });
  });

  it('exits with 5 when the fleet refuses', async () => {
    const pause = () => Promise.reject(toReimageError(failureOf('DecisionRefused', 'The fleet is paused already.')));
    const { exitCode, err } = await runFake(['fleet', 'pause', 'web', ...WHY], {
      fleets: { get: async () => fleet({ summary: summary({ status: 'paused' }) }), pause },
      env: { USER: 'alice' },
    });
    assert.equal(exitCode, 5);
    assert.match(err.join('\n'), /paused already/);
  });

  for (const argv of [
    ['pause', 'web'],
    ['skip', 'web', ...WHY],
    ['set', 'web', ...WHY, '--max-held', 'x'],
    ['skip', 'web', 'not/an/id', ...WHY],
    ['pause', 'no fleet', ...WHY],
    ['set', 'web', ...WHY],
    ['set', 'web', ...WHY, '--max-unavailable', '0'],
  ]) {
    it(`refuses before it connects: ${argv.join(' ')}`, async () => {
      const { exitCode, calls } = await runFake(['fleet', ...argv], taking([]));
      assert.deepEqual([exitCode, calls], [2, []]);
    });
  }

  it('refuses where nothing tells who asks', async () => {
    const { exitCode, calls } = await runFake(['fleet', 'pause', 'web', ...WHY], { ...taking([]), env: {} });
    assert.deepEqual([exitCode, calls], [2, []]);
  });
});
