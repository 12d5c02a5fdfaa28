import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Freeze, FreezeRequest } from '../../../../contracts/freeze.js';
import { operation, plan, runFake } from './fake-deps.js';

const BY_ANN: Freeze = { by: 'ann', reason: 'audit', since: '2026-11-24T05:00:00.000Z' };
const END = { by: 'bob', reason: 'over', at: '2026-11-24T06:00:00.000Z' };
const USER = { USER: 'alice' };
const R = ['--region', 'cn-north-1'];
const frozen = async () => BY_ANN;

describe('reimage freeze', () => {
  it('freezes for the user of the shell, with the reason given', async () => {
    const asked: FreezeRequest[] = [];
    const freeze = async (request: FreezeRequest) => {
      asked.push(request);
      return { freeze: { ...request, since: BY_ANN.since }, isNew: true };
    };

    const { out, err, exitCode } = await runFake(['freeze', '--reason', 'audit'], { env: USER, client: { freeze } });

    assert.deepEqual(asked, [{ by: 'alice', reason: 'audit' }]);
    assert.deepEqual([exitCode, out], [0, ['frozen since 2026-11-24T05:00:00.000Z by alice: audit']]);
    assert.match(err.join(), /No rebuild begins until/);
  });

  it('says whose freeze it is where there is one, and that the reason given is not kept', async () => {
    const freeze = async () => ({ freeze: BY_ANN, isNew: false });
    const argv = ['freeze', '--reason', 'x', '--by', 'bob', '--output', 'json'];

    const { out, err, exitCode } = await runFake(argv, { client: { freeze } });

    assert.equal(exitCode, 0);
    assert.deepEqual(
      out.map((line) => JSON.parse(line)),
      [{ outcome: 'frozen', isNew: false, freeze: BY_ANN }],
    );
    assert.match(err.join(), /not on the record/);
  });

  for (const { name, argv, says } of [
    { name: 'no reason', argv: ['freeze'], says: /--reason/ },
    { name: 'an empty reason', argv: ['freeze', '--reason', ' ', '--by', 'a'], says: /\(--reason\)/ },
    { name: 'nobody who asks', argv: ['unfreeze', '--reason', 'x'], says: /--by/ },
  ]) {
    it(`given ${name}, then nothing is asked of Temporal`, async () => {
      const { exitCode, err, calls } = await runFake(argv);
      assert.deepEqual([exitCode, calls], [2, []]);
      assert.match(err.join('\n'), says);
    });
  }
});

describe('reimage unfreeze', () => {
  it('tells whose freeze it has ended', async () => {
    const unfreeze = async () => ({ freeze: BY_ANN, end: END });
    const argv = ['unfreeze', '--reason', 'over', '--by', 'bob'];

    const text = await runFake(argv, { client: { unfreeze } });
    const json = await runFake([...argv, '--output', 'json'], { client: { unfreeze } });

    assert.deepEqual(text.out, ['unfrozen at 2026-11-24T06:00:00.000Z by bob: over']);
    assert.match(text.err.join(), /by ann: audit/);
    assert.deepEqual(JSON.parse(json.out.join('\n')), { outcome: 'unfrozen', freeze: BY_ANN, end: END });
  });

  it('is content where nothing is frozen', async () => {
    const argv = ['unfreeze', '--reason', 'over', '--by', 'bob'];
    const { out, exitCode } = await runFake(argv, { client: { unfreeze: async () => null } });
    assert.deepEqual([exitCode, out], [0, ['not frozen']]);
  });
});

describe('other commands in a frozen namespace', () => {
  it('status and list say so, on stderr, and the JSON of list has it', async () => {
    const client = { frozen, get: async () => operation(), list: async () => [] };
    for (const argv of [['status', 'i-a1', ...R], ['list'], ['list', '--output', 'json']]) {
      const { out, err, exitCode } = await runFake(argv, { client });
      assert.equal(exitCode, 0);
      assert.match(err.join('\n'), /! the namespace is frozen since \S+ by ann: audit/, argv.join(' '));
      if (argv.includes('json')) assert.deepEqual(JSON.parse(out.join('\n')), { operations: [], freeze: BY_ANN });
    }
  });

  it('rebuild shows the plan, and ends as Frozen before anything is started', async () => {
    const issues = [
      { code: 'frozen' as const, field: null, message: 'The Temporal namespace is frozen since x by ann: audit.' },
      { code: 'image-status' as const, field: 'imageId', message: 'The image is pending.' },
    ];
    const get = async () => operation({ status: 'done' });
    const client = { get, plan: async () => plan({ issues }) };

    const argv = ['rebuild', 'i-a1', ...R, '--key', 'ops', '--yes', '--output', 'json'];
    const { out, err, exitCode, calls } = await runFake(argv, { client });

    assert.deepEqual([exitCode, calls], [5, ['get', 'plan', 'close']]);
    assert.match(err.join('\n'), /by ann: audit/);
    assert.equal(JSON.parse(out.join('\n')).failure.type, 'Frozen');
  });
});
