import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MEMBER_STATES } from '../../contracts/fleet/fleet-progress.js';
import { type FleetMembers, placesOf, Tally } from '../../workflows/fleet/members.js';
import { membersOf } from './given-fleet.js';

/** All numbers of a tally. */
const numbersOf = (tally: Tally, members: FleetMembers) => ({
  counts: tally.counts,
  flight: [tally.inFlight, tally.inFlightOf(0), tally.inFlightOf(1), tally.inFlightOf(2)],
  down: [tally.down, tally.unavailable],
  failures: [tally.failures(), tally.failures(0), tally.failures(1), tally.failures(2)],
  unjudged: [tally.unjudged(), tally.unjudged(0), tally.unjudged(1), tally.unjudged(2)],
  places: members.all.flatMap(placesOf).map((place) => tally.unavailableIn(place)),
});

describe('the numbers of a fleet', () => {
  it('are, after any changes, those of a count from the beginning, and of a count by hand', () => {
    const change = fc.record(
      { state: fc.constantFrom(...MEMBER_STATES), isDown: fc.boolean(), isBorne: fc.boolean(), isBaked: fc.boolean() },
      { requiredKeys: [] },
    );
    const changes = fc.array(fc.tuple(fc.nat(5), change), { maxLength: 20 });
    fc.assert(
      fc.property(changes, (some) => {
        const members = membersOf({ at: ['ag', 'a-', 'bg', 'bh', '-h', '--'], waves: [2, 4] });
        for (const [at, to] of some) members.change(at, to);
        const { tally, all } = members;

        assert.deepEqual(numbersOf(tally, members), numbersOf(new Tally(all, 2), members));
        const isBusy = (state: string) => state === 'rebuilding' || state === 'held';
        assert.equal(tally.inFlightOf(1), all.filter(({ wave, state }) => wave === 1 && isBusy(state)).length);
        assert.equal(tally.down, all.filter(({ isDown, state }) => isDown && !isBusy(state)).length);
        const isFailure = (state: string) => state === 'failed' || state === 'rolled-back';
        const failed = all.filter(({ state, isBorne }) => isFailure(state) && !isBorne);
        assert.equal(tally.failures(), failed.length);
        assert.equal(tally.failures(1), failed.filter(({ wave }) => wave === 1).length);
        const isUnavailable = all.filter(({ isDown, state }) => isDown || isBusy(state));
        const inGroup = isUnavailable.filter(({ group }) => group === 'h').length;
        assert.equal(tally.unavailableIn({ kind: 'group', value: 'h' }), inGroup);
        for (const state of MEMBER_STATES)
          assert.equal(tally.of(state), all.filter((member) => member.state === state).length);
      }),
      { numRuns: 60 },
    );
  });
});
