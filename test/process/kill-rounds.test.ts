import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { drawnKills } from './drawn-kills.js';
import { killRound, REBUILDS, roundViolations } from './kill-rounds.js';

const given = process.env['REIMAGE_TEST_SEED']?.split('/')[0];
const seed = given === undefined || given === '' ? randomInt(2 ** 31) : Number(given);

describe('kill -9 of the Temporal server, and of server and worker at once, at random moments of 50 rebuilds', () => {
  it('loses nothing and does nothing twice', async (t) => {
    const kills = drawnKills(seed, ['server', 'both']);
    t.diagnostic(`REIMAGE_TEST_SEED=${seed}: ${JSON.stringify(kills)}`);
    const round = await killRound(t, kills);

    assert.equal(round.killed.length, kills.length);
    assert.deepEqual(roundViolations(round), []);
    assert.equal(round.ends.length, REBUILDS);
  });
});
