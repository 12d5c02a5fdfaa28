import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StandstillWatch } from '../../../../../client/rehearsal/run.js';
import type { FleetSummary } from '../../../../../contracts/fleet/fleet-progress.js';
import { counts, summary } from '../fleet-fakes.js';

const still = (overrides: Partial<FleetSummary>) =>
  summary({ status: 'waiting', counts: counts({ done: 3, waiting: 4 }), reason: '2 of 2 unavailable', ...overrides });

describe('a fleet that stands still', () => {
  it('given a pause, then at once, but not before what is under way has ended', () => {
    const watch = new StandstillWatch();
    const paused = { status: 'paused', reason: 'failure budget exhausted' } as const;
    assert.equal(watch.look(still({ ...paused, counts: counts({ rebuilding: 1 }) }), 0), null);
    assert.deepEqual(watch.look(still(paused), 250), { kind: 'pause', reason: 'failure budget exhausted', since: 250 });
  });

  it('given one that waits, then only after nothing has changed for a while', () => {
    const watch = new StandstillWatch();
    assert.equal(watch.look(still({}), 0), null);
    assert.equal(watch.look(still({}), 7_900), null);
    assert.equal(watch.look(still({ counts: counts({ done: 4, waiting: 3 }) }), 8_000), null);
    assert.equal(watch.look(still({ counts: counts({ done: 4, waiting: 3 }) }), 15_900), null);
    const end = watch.look(still({ counts: counts({ done: 4, waiting: 3 }) }), 16_000);
    assert.deepEqual(end, { kind: 'blocked', reason: '2 of 2 unavailable', since: 8_000 });
  });

  it('given one that looks again and again, then what it says most of the time is the reason', () => {
    const watch = new StandstillWatch();
    const looks = { reason: 'looks which VMs are down' };
    for (let now = 0; now < 8_000; now += 1_000) watch.look(still(now % 3_000 === 0 ? looks : {}), now);
    assert.equal(watch.look(still(looks), 8_000)?.reason, '2 of 2 unavailable');
  });

  it('given a VM that is held, then it waits for a decision', () => {
    const watch = new StandstillWatch();
    const held = still({ counts: counts({ held: 1, done: 2 }) });
    watch.look(held, 0);
    assert.equal(watch.look(held, 9_000)?.kind, 'held');
  });

  for (const status of ['rebuilding', 'baking', 'awaiting-approval', 'done'] as const)
    it(`given one that is ${status}, then it does not`, () => {
      const watch = new StandstillWatch();
      watch.look(still({ status }), 0);
      assert.equal(watch.look(still({ status }), 60_000), null);
    });
});
