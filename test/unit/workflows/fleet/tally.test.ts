import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MEMBER_STATES } from '../../../../contracts/fleet/fleet-progress.js';
import { domainsOf, type FleetMembers, MemberCounts } from '../../../../workflows/fleet/members.js';
import { membersOf } from './given-fleet.js';

/** All numbers of a counts. */
const numbersOf = (counts: MemberCounts, members: FleetMembers) => ({
  counts: counts.counts,
  flight: [counts.inFlight, counts.inFlightOf(0), counts.inFlightOf(1), counts.inFlightOf(2)],
  down: [counts.down, counts.unavailable],
  failures: [counts.failures(), counts.failures(0), counts.failures(1), counts.failures(2)],
  unjudged: [counts.unjudged(), counts.unjudged(0), counts.unjudged(1), counts.unjudged(2)],
  places: members.all.flatMap(domainsOf).map((place) => counts.unavailableIn(place)),
});

describe('the numbers of a fleet', () => {
  it('are, after any changes, those of a count from the beginning, and of a count by hand', () => {
    const change = fc.record(
      {
        state: fc.constantFrom(...MEMBER_STATES),
        isDown: fc.boolean(),
        isTolerated: fc.boolean(),
        isBaked: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    const changes = fc.array(fc.tuple(fc.nat(5), change), { maxLength: 20 });
    fc.assert(
      fc.property(changes, (some) => {
        const members = membersOf({ at: ['ag', 'a-', 'bg', 'bh', '-h', '--'], waves: [2, 4] });
        for (const [at, to] of some) members.change(at, to);
        const { counts, all } = members;

        assert.deepEqual(numbersOf(counts, members), numbersOf(new MemberCounts(all, 2), members));
        const isBusy = (state: string) => state === 'rebuilding' || state === 'held';
        assert.equal(counts.inFlightOf(1), all.filter(({ wave, state }) => wave === 1 && isBusy(state)).length);
        assert.equal(counts.down, all.filter(({ isDown, state }) => isDown && !isBusy(state)).length);
        const isFailure = (state: string) => state === 'failed' || state === 'rolled-back';
        const failed = all.filter(({ state, isTolerated }) => isFailure(state) && !isTolerated);
        assert.equal(counts.failures(), failed.length);
        assert.equal(counts.failures(1), failed.filter(({ wave }) => wave === 1).length);
        const isUnavailable = all.filter(({ isDown, state }) => isDown || isBusy(state));
        const inGroup = isUnavailable.filter(({ group }) => group === 'h').length;
        assert.equal(counts.unavailableIn({ kind: 'group', value: 'h' }), inGroup);
        for (const state of MEMBER_STATES)
          assert.equal(counts.of(state), all.filter((member) => member.state === state).length);
      }),
      { numRuns: 60 },
    );
  });
});
