import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { FleetInput } from '../../../../contracts/fleet/fleet-input.js';
import type { FleetState } from '../../../../workflows/fleet/fleet-state.js';
import { domainsOf } from '../../../../workflows/fleet/members.js';
import { playFleet } from './play-fleet.js';
import type { Play } from './play.js';

const ZONES = ['a', 'b', 'c'];

const vm = fc.record(
  {
    minutes: fc.integer({ min: 1, max: 30 }),
    end: fc.constantFrom('done', 'done', 'done', 'fails', 'fails and stays down'),
    az: fc.constantFrom(...ZONES),
    isDown: fc.boolean(),
    fallsOver: fc.boolean(),
    busyUntil: fc.integer({ min: 1, max: 120 }),
  },
  { requiredKeys: ['minutes', 'end', 'az', 'isDown'] },
);

const amount = fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constantFrom('0%', '10%', '34%', '100%'));

const rollout = fc.record(
  {
    maxUnavailable: fc.record({ fleet: amount, perAz: amount }, { requiredKeys: ['fleet'] }),
    maxFailures: fc.record(
      { fleet: amount, wave: amount, strict: fc.boolean() },
      { requiredKeys: ['fleet', 'strict'] },
    ),
    onBudgetExhausted: fc.constantFrom('stop', 'rollback'),
    bakeSeconds: fc.constantFrom(0, 60, 3600),
  },
  { requiredKeys: ['maxUnavailable', 'maxFailures', 'onBudgetExhausted', 'bakeSeconds'] },
);

/** VMs, cut into waves at random, under a random policy. */
const play: fc.Arbitrary<Play> = fc
  .record({
    rollout,
    vms: fc.array(vm, { minLength: 1, maxLength: 30 }),
    cuts: fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 30, maxLength: 30 }),
    hasCanary: fc.boolean(),
    startsOfRun: fc.integer({ min: 1, max: 40 }),
  })
  .map(({ cuts, hasCanary, ...rest }) => ({ ...rest, waves: wavesOf(rest.vms.length, cuts, hasCanary) }));

function wavesOf(size: number, cuts: readonly number[], hasCanary: boolean): { name: string; size: number }[] {
  const waves: { name: string; size: number }[] = [];
  for (let left = size; left > 0; left -= waves.at(-1)?.size ?? left) {
    const name = hasCanary && waves.length === 0 ? 'canary' : `wave-${waves.length}`;
    waves.push({ name, size: Math.min(left, cuts[waves.length] ?? left) });
  }
  return waves;
}

/** Looks at a play from the outside: what was so before each decision is kept here, and counted anew. */
class Judge {
  readonly #downAtFirst: number;
  readonly #downAtFirstIn = new Map<string, number>();
  #wasExhausted = false;
  #begun = new Set<number>();
  /** VMs that were busy at their turn: they are taken at the end, whatever their wave. */
  readonly #deferred = new Set<number>();

  constructor({ vms }: Play) {
    const isDownAtFirst = ({ isDown = false, busyUntil = 0 }: Play['vms'][number]) => isDown || busyUntil > 0;
    this.#downAtFirst = vms.filter(isDownAtFirst).length;
    for (const { az } of vms.filter(isDownAtFirst)) this.#downAtFirstIn.set(az, (this.#downAtFirstIn.get(az) ?? 0) + 1);
  }

  readonly watch = ({ record, input }: { record: FleetState; input: FleetInput }): void => {
    const { all } = record.members;
    // What falls over by itself is nobody's doing: it takes places, and may exceed them.
    const unavailable = all.filter(
      ({ state, isDown, failure }) =>
        failure !== 'HealthCheckFailed' && (isDown || state === 'rebuilding' || state === 'held'),
    );
    const { fleet, perAz } = input.limits.unavailable;
    assert.ok(
      unavailable.length <= Math.max(fleet, this.#downAtFirst),
      `${unavailable.length} of ${fleet} unavailable`,
    );
    for (const [az, most] of Object.entries(perAz ?? {})) {
      const inZone = unavailable.filter((member) => domainsOf(member).some(({ value }) => value === az)).length;
      assert.ok(
        inZone <= Math.max(most, this.#downAtFirstIn.get(az) ?? 0),
        `${inZone} of ${most} unavailable in ${az}`,
      );
    }
    this.#judgeOrder(record);
    this.#judgeBudget(record, input);
  };

  #judgeOrder(record: FleetState): void {
    const begun = record.members.all.filter(({ state }) => state !== 'waiting');
    const isOfEarlierWave = ({ wave }: { wave: number }) => wave <= record.wave;
    assert.ok(begun.every(isOfEarlierWave), 'a later wave has begun');
    if (record.goal === 'rollback') return;
    for (const { at } of record.members.inState(['deferred'])) this.#deferred.add(at);
    const leftBehind = record.members
      .inState(['waiting', 'rebuilding'])
      .filter(({ at, wave }) => wave < record.wave && !this.#deferred.has(at));
    assert.deepEqual(leftBehind, [], 'an earlier wave is not over');
  }

  #judgeBudget(record: FleetState, { limits: { failures } }: FleetInput): void {
    const { all } = record.members;
    const failed = all.filter(({ state }) => state === 'failed').length;
    if (failures.strict && record.goal === 'forward')
      assert.ok(failed <= failures.fleet + 1, `${failed} failed, strictly ${failures.fleet} may`);
    const begun = new Set(all.filter(({ state }) => state !== 'waiting').map(({ at }) => at));
    if (this.#wasExhausted && record.goal === 'forward')
      assert.deepEqual(
        [...begun].filter((at) => !this.#begun.has(at)),
        [],
        'one was started after the budget was exhausted',
      );
    this.#wasExhausted ||= failed > failures.fleet;
    this.#begun = begun;
  }
}

describe('a fleet under any policy, with any failures in any order', () => {
  it('keeps its limits at every moment, and comes to an end that its numbers tell', () => {
    fc.assert(
      fc.property(play, (given) => {
        const { record, input, lines } = playFleet(given, new Judge(given).watch);
        const { counts, all } = record.members;
        assert.equal(counts.inFlight, 0);
        for (const { instanceId } of all) {
          const starts = lines.filter((line) => line.endsWith(`  rebuilds ${instanceId}`)).length;
          assert.ok(starts <= 1, `${instanceId} was rebuilt ${starts} times`);
        }
        const isExhausted = record.ending !== null;
        if (lines.at(-1)?.includes('waits for ever') === true) {
          const isCanary = /no VM of the canary was moved/.test(lines.at(-1) ?? '');
          assert.match(
            lines.at(-1) ?? '',
            /unavailable|canary/,
            'nothing but machines that stay down keep a fleet waiting',
          );
          assert.ok(isCanary || counts.down > 0);
          return;
        }
        assert.ok(isExhausted || counts.of('deferred') === 0, 'a busy VM was forgotten');
        assert.equal(
          counts.of('waiting') > 0 && !isExhausted,
          false,
          'some still wait, and nothing has ended the fleet',
        );
        if (isExhausted && input.rollout.onBudgetExhausted === 'rollback')
          assert.deepEqual(
            all.filter(({ state, isMoved }) => state === 'done' && isMoved),
            [],
            'moved VMs were put back',
          );
      }),
      { numRuns: 300 },
    );
  });
});
