import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CliFleets } from '../../../../client/cli/io/deps.js';
import { failureOf, toReimageError } from '../../../../client/connection/errors.js';
import { planDigest } from '../../../../client/fleets/plan.js';
import type { FleetPlan, FleetRow } from '../../../../contracts/fleet/fleet-plan.js';
import { type FakeOptions, runFake } from './fake-deps.js';
import { endedFleet, fleet, fleetPlan } from './fleet-fakes.js';

const YAML = `
name: web
regionId: cn-north-1
select: { name: '*' }
image: { id: img-new }
rebuild: { keyNames: [ops] }
`;

/** A library whose plan is this one, and whose fleets are done at once. */
function starting(plan: FleetPlan, given: object[] = [], overrides: Partial<CliFleets> = {}): FakeOptions {
  const files: Readonly<Record<string, string>> = { 'web.yaml': YAML, 'plan.json': JSON.stringify(plan) };
  return {
    fleets: {
      plan: async () => plan,
      start: async (started, options) => {
        given.push({ digest: 'digest' in started ? started.digest : null, ...options });
        return fleet();
      },
      wait: async (_fleet, options) => {
        await options?.onProgress?.(endedFleet());
        return endedFleet();
      },
      ...overrides,
    },
    env: { USER: 'alice' },
    io: { readFile: async (path) => Buffer.from(files[path] ?? '') },
  };
}

describe('reimage fleet start', () => {
  it('plans a file, shows what is erased, has the name typed, looks again, starts and follows', async () => {
    const given: object[] = [];
    const plan = fleetPlan();
    const seen = await runFake(['fleet', 'start', 'web.yaml'], { ...starting(plan, given), answer: 'web' });
    assert.equal(seen.exitCode, 0);
    assert.deepEqual(seen.calls, ['fleets.plan', 'fleets.start', 'fleets.wait', 'close']);
    assert.deepEqual(given, [{ digest: plan.digest, replan: true, requestedBy: 'alice' }]);
    assert.match(seen.err.join('\n'), /i-a2 [^\n]*! erases system disk/);
    assert.match(seen.questions[0] ?? '', /^Type web to erase/);
    assert.match(seen.out[0] ?? '', /^done: fleet web-1f0c53d5/);
  });

  it('given another word than the name, starts nothing', async () => {
    const seen = await runFake(['fleet', 'start', 'web.yaml'], { ...starting(fleetPlan()), answer: 'yes' });
    assert.deepEqual([seen.exitCode, seen.calls.includes('fleets.start')], [4, false]);
    assert.match(seen.err.join('\n'), /not the name of the fleet/);
  });

  it('off a terminal and without --yes, does not even plan', async () => {
    const { exitCode, calls } = await runFake(['fleet', 'start', 'web.yaml'], starting(fleetPlan()));
    assert.deepEqual([exitCode, calls], [2, []]);
  });

  it('given a saved plan, starts that one and has it looked at anew even with --yes', async () => {
    const given: object[] = [];
    const plan = fleetPlan();
    const argv = ['fleet', 'start', 'plan.json', '--yes', '--detach', '--reason', 'kernel', '--requested-by', 'eve'];
    const { exitCode, calls, out } = await runFake(argv, starting(plan, given));
    assert.deepEqual([exitCode, calls], [0, ['fleets.start', 'close']]);
    assert.deepEqual(given, [{ digest: plan.digest, replan: true, requestedBy: 'eve', reason: 'kernel' }]);
    assert.deepEqual(out, ['started: web-1f0c53d5. Follow it: reimage fleet watch web-1f0c53d5 --region cn-north-1']);
  });

  it('given a file and --yes, does not plan twice', async () => {
    const given: object[] = [];
    await runFake(['fleet', 'start', 'web.yaml', '--yes'], starting(fleetPlan(), given));
    assert.deepEqual(given, [{ digest: fleetPlan().digest, replan: false, requestedBy: 'alice' }]);
  });

  it('given a saved plan that was changed by hand, starts nothing', async () => {
    const plan = { ...fleetPlan(), rows: fleetPlan().rows.slice(1) };
    const { exitCode, calls } = await runFake(['fleet', 'start', 'plan.json', '--yes'], starting(plan));
    assert.deepEqual([exitCode, calls.includes('fleets.start')], [2, false]);
  });

  for (const [type, code] of [
    ['PlanStale', 3],
    ['PlanUsed', 5],
  ] as const) {
    it(`exits with ${code} when the plan is refused as ${type}`, async () => {
      const start = () => Promise.reject(toReimageError(failureOf(type, 'no')));
      const { exitCode, err } = await runFake(
        ['fleet', 'start', 'plan.json', '--yes'],
        starting(fleetPlan(), [], { start }),
      );
      assert.equal(exitCode, code);
      assert.match(err.join('\n'), new RegExp(`${type}: no`));
    });
  }

  it('with all VMs on the image already, says so and exits with 0', async () => {
    const skip: FleetRow['skip'] = { code: 'already-on-image', reasons: ['has it'] };
    const { exitCode, out, calls } = await runFake(
      ['fleet', 'start', 'web.yaml', '--yes', '--output', 'json'],
      starting(fleetPlan([{ skip, wave: null }])),
    );
    assert.deepEqual([exitCode, calls.includes('fleets.start')], [0, false]);
    assert.deepEqual(JSON.parse(out[0] ?? ''), { outcome: 'nothing-to-do', name: 'web', regionId: 'cn-north-1' });
  });

  it('with a selection that is empty, or wholly excluded, exits with 3, whatever else it was asked', async () => {
    const skip: FleetRow['skip'] = { code: 'excluded', reasons: ['The fleet excludes it.'] };
    for (const [rows, says] of [
      [[], /NothingSelected: web selects no VM of cn-north-1/],
      [[{ skip, wave: null }], /NothingSelected: web excludes the only VM that it selects/],
    ] as const) {
      for (const argv of ['fleet start web.yaml --yes', 'fleet start plan.json --yes', 'fleet rehearse web.yaml']) {
        const { exitCode, err, calls } = await runFake(argv.split(' '), starting(fleetPlan(rows)));
        assert.deepEqual([exitCode, calls.includes('fleets.start')], [3, false]);
        assert.match(err.join('\n'), says);
      }
      const planned = await runFake(['fleet', 'plan', 'web.yaml', '--output', 'json'], starting(fleetPlan(rows)));
      assert.deepEqual([planned.exitCode, planned.out.length], [3, 1]);
    }
  });

  it('with an empty selection that may be one, says that there is nothing to do and exits with 0', async () => {
    const plan = fleetPlan([]);
    const allowed = { ...plan, spec: { ...plan.spec, allowEmpty: true } };
    const signed = { ...allowed, digest: planDigest(allowed) };
    for (const argv of ['fleet start web.yaml --yes', 'fleet start plan.json --yes', 'fleet plan web.yaml']) {
      const { exitCode, calls } = await runFake(argv.split(' '), starting(signed));
      assert.deepEqual([exitCode, calls.includes('fleets.start')], [0, false], argv);
    }
  });

  it('with no VM that can be rebuilt, says why and exits with 3', async () => {
    const skip: FleetRow['skip'] = { code: 'protected', reasons: ['database of ana'] };
    const { exitCode, err } = await runFake(
      ['fleet', 'start', 'web.yaml', '--yes'],
      starting(fleetPlan([{ skip, wave: null }])),
    );
    assert.equal(exitCode, 3);
    assert.match(err.join('\n'), /i-a1: database of ana/);
  });

  it('in a frozen namespace starts, and says that it waits', async () => {
    const frozen = async () => ({ by: 'bob', reason: 'storage', since: '2026-11-24T05:00:00.000Z' });
    const { exitCode, err } = await runFake(['fleet', 'start', 'web.yaml', '--yes', '--detach'], {
      ...starting(fleetPlan()),
      client: { frozen },
    });
    assert.equal(exitCode, 0);
    assert.match(err.join('\n'), /frozen since \S+ by bob: storage/);
  });
});
