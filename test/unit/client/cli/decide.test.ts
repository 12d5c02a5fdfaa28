import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CliClient } from '../../../../client/cli/io/deps.js';
import { failureOf, toReimageError } from '../../../../client/connection/errors.js';
import type { Operation } from '../../../../client/rebuilds/operation.js';
import { type Decision, DECISIONS, type DecisionTaken } from '../../../../contracts/decision.js';
import type { FailureType } from '../../../../contracts/failures.js';
import {
  failed,
  type FakeOptions,
  HELD,
  heldOperation,
  nothingKnown,
  operation,
  progress,
  result,
  runFake,
} from './fake-deps.js';

const AT = '2026-11-24T06:01:04.000Z';
const ASKED = ['--region', 'cn-north-1', '--reason', 'opened the port'];
const argvOf = (decision: string, ...more: string[]) => ['decide', 'i-a1', decision, ...ASKED, ...more];

/** A library with a held rebuild that is done once it is decided; overrides say what is different. */
function held(overrides: Partial<CliClient> = {}, decided: Decision[] = []): FakeOptions {
  return {
    client: {
      get: async () => heldOperation(),
      decide: async (_ref, decision) => {
        decided.push(decision);
        return takenOf(decision);
      },
      wait: async () => result(),
      ...overrides,
    },
    env: { USER: 'alice' },
  };
}

function takenOf({ decision, reason, by }: Decision): DecisionTaken {
  return { decision, reason, by, at: AT };
}

const refusing = (type: FailureType) => ({ decide: () => Promise.reject(toReimageError(failureOf(type, 'no'))) });

describe('reimage decide', () => {
  it('shows what the rebuild is held for, decides by the name of the shell, and follows to the end', async () => {
    const decided: Decision[] = [];
    const { exitCode, out, err, calls } = await runFake(argvOf('retry'), held({}, decided));
    assert.equal(exitCode, 0);
    assert.deepEqual(calls, ['get', 'decide', 'wait', 'close']);
    assert.deepEqual(decided, [{ decision: 'retry', reason: 'opened the port', by: 'alice', heldSince: HELD.since }]);
    assert.match(
      err.join('\n'),
      /held {6}HealthCheckFailed: no answer[^]*decided: retry by alice at \S+: opened the port/,
    );
    assert.match(out[0] ?? '', /^done: /);
  });

  it('decides the hold that it has shown, and no later one', async () => {
    const refs: unknown[] = [];
    await runFake(
      argvOf('retry'),
      held({
        decide: async (ref, decision) => {
          refs.push(ref, decision.heldSince);
          return takenOf(decision);
        },
      }),
    );
    const { regionId, instanceId, runId } = heldOperation();
    assert.deepEqual(refs, [{ regionId, instanceId, runId }, HELD.since]);
  });

  it('exits as the rebuild does', async () => {
    const { exitCode, out } = await runFake(
      argvOf('give-up', '--output', 'json'),
      held({ wait: async () => failed('HealthCheckFailed') }),
    );
    assert.equal(exitCode, 3);
    assert.deepEqual([out.length, JSON.parse(out[0] ?? '')], [1, failed('HealthCheckFailed')]);
  });

  it('with --detach returns once it is taken', async () => {
    const text = await runFake(argvOf('retry', '--detach', '--by', 'bob'), held());
    assert.deepEqual([text.exitCode, text.calls.includes('wait')], [0, false]);
    assert.match(text.out.join('\n'), /^decided: retry by bob at 2026-11-24T06:01:04\.000Z: opened the port$/);
    const { out } = await runFake(argvOf('retry', '--detach', '--output', 'json'), held());
    const { outcome, decision, runId } = JSON.parse(out[0] ?? '') as Record<string, unknown>;
    assert.deepEqual([outcome, runId], ['decided', heldOperation().runId]);
    assert.deepEqual(decision, { decision: 'retry', reason: 'opened the port', by: 'alice', at: AT });
  });

  for (const decision of ['rollback', 'accept']) {
    it(`${decision} needs the VM id on a terminal, and --yes elsewhere`, async () => {
      const elsewhere = await runFake(argvOf(decision), held());
      assert.deepEqual([elsewhere.exitCode, elsewhere.calls], [2, []]);
      assert.match(elsewhere.err.join('\n'), /pass --yes\./);
      assert.equal((await runFake(argvOf(decision, '--yes'), held())).exitCode, 0);

      const refused = await runFake(argvOf(decision), { ...held(), answer: 'no' });
      assert.deepEqual([refused.exitCode, refused.calls], [4, ['get', 'close']]);
      const confirmed = await runFake(argvOf(decision), { ...held(), answer: 'i-a1' });
      assert.deepEqual([confirmed.exitCode, confirmed.calls.includes('decide')], [0, true]);
      const lost = /LOST {6}everything on the system disk/.test(confirmed.err.join('\n'));
      assert.equal(lost, decision === 'rollback');
      assert.match(confirmed.questions.join(), decision === 'accept' ? /take it as it is/ : /system disk erased/);
    });
  }

  for (const decision of ['retry', 'give-up']) {
    it(`${decision} is not asked for twice`, async () => {
      const { exitCode, questions } = await runFake(argvOf(decision), { ...held(), answer: null });
      assert.deepEqual([exitCode, questions], [0, []]);
    });
  }

  for (const decision of DECISIONS) {
    it(`${decision} is not sent where nothing could be shown, even if the rebuild is held a moment later`, async () => {
      const unseen: [Operation, number, RegExp][] = [
        [operation(), 5, /waits for no decision: it is in phase rebuilding/],
        [operation({ phase: 'held', progress: null, note: 'no worker answered: timeout' }), 7, /Nothing was decided/],
        [operation({ status: 'failed', progress: null, result: failed('VmInError') }), 6, /No rebuild .* under way/],
      ];
      for (const [seen, code, says] of unseen) {
        for (const options of [{ answer: 'i-a1' }, {}]) {
          const argv = argvOf(decision, ...('answer' in options ? [] : ['--yes']));
          const got = await runFake(argv, { ...held({ get: async () => seen }), ...options });
          assert.deepEqual([got.exitCode, got.questions, got.calls], [code, [], ['get', 'close']]);
          assert.match(got.err.join('\n'), says);
        }
      }
    });
  }

  it('asks nobody to confirm what the rebuild does not wait for', async () => {
    const only = { ...HELD, choices: ['retry' as const, 'give-up' as const] };
    const get = async () => operation({ phase: 'held', progress: progress({ phase: 'held', held: only }) });
    const choosy = await runFake(argvOf('rollback'), { ...held({ get }), answer: 'i-a1' });
    assert.deepEqual([choosy.exitCode, choosy.questions, choosy.calls], [5, [], ['get', 'close']]);
    assert.doesNotMatch(choosy.err.join('\n'), /LOST/);
  });

  for (const [type, exitCode] of [
    ['DecisionRefused', 5],
    ['OperationNotFound', 6],
    ['NoWorker', 7],
  ] as const) {
    it(`exits ${exitCode} for ${type}, with one JSON object`, async () => {
      const seen = await runFake(argvOf('retry', '--output', 'json'), held(refusing(type)));
      assert.equal(seen.exitCode, exitCode);
      assert.equal((JSON.parse(seen.out[0] ?? '') as { failure: { type: string } }).failure.type, type);
    });
  }

  it('ends its message in one full stop, also where the words of the worker do', async () => {
    const note = 'no worker answered: The key "2026-11" is not here.';
    const get = async () => heldOperation({ progress: null, note });
    const { exitCode, err } = await runFake(argvOf('retry'), held({ get }));
    assert.equal(exitCode, 7);
    assert.match(err.join('\n'), /since no worker answered: The key "2026-11" is not here\.$/m);
    assert.doesNotMatch(err.join('\n'), /\.\./);
  });

  it('exits 6 where the VM was never rebuilt', async () => {
    const { exitCode, calls } = await runFake(argvOf('retry'), held({ get: nothingKnown }));
    assert.deepEqual([exitCode, calls], [6, ['get', 'close']]);
  });

  it('wants to know who decides', async () => {
    const { exitCode, err, calls } = await runFake(argvOf('retry'), { ...held(), env: {} });
    assert.deepEqual([exitCode, calls], [2, []]);
    assert.match(err.join('\n'), /--by/);
  });
});
