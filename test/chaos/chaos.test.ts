import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { SHORT } from './sizes.js';
import { Tally } from './tally.js';
import { describeFailed, walkOn } from './walk-on.js';
import { workersHere } from './workers.js';

/** `SEED`, or `SEED/PATH` for the one walk that a failure has printed. */
const [given = '', path] = (process.env['REIMAGE_TEST_SEED'] ?? '').split('/');
const seed = given === '' ? randomInt(2 ** 31) : Number(given);

const LANES = 2;
const WALKS = 2;

describe('a random walk over faults, interference, cancels, decisions and worker stops', { concurrency: LANES }, () => {
  for (let lane = 0; lane < (path === undefined ? LANES : 1); lane += 1)
    it(`breaks no promise (lane ${lane})`, async (t) => {
      const tally = new Tally();
      const options = { ...SHORT, startWorkers: workersHere, walks: WALKS, onPlayed: tally.add.bind(tally) };
      const failed = await walkOn({ ...options, seed: seed + lane, ...(path !== undefined && { path }) });

      t.diagnostic(JSON.stringify(tally));
      assert.equal(failed, null, failed === null ? '' : describeFailed(failed));
      assert.ok(tally.rebuilds > 0 && Object.keys(tally.faults).length > 0, 'something happened');
    });
});
