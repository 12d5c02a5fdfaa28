import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explore } from '../explore.js';
import { WINDOWS, type OpenWindow } from '../scenarios.js';
import { replay } from './replay.js';

/** What a window comes to where nothing is played. */
const ON_REAL_PARTS: Readonly<Record<OpenWindow['window'], 'so' | RegExp>> = {
  'late-call': 'so',
  'foreign-rebuild': 'so',
  'stale-for-long': /is refused, answer refused: that JD Cloud is busy/,
  'sleep-before-wire': /is frozen, asleep or dead: between the word of the server and the first byte nothing/,
};

describe('a story of the model, told on a real server, with real workers', { concurrency: 2 }, () => {
  for (const { window, scenario, finds } of WINDOWS) {
    const expected = ON_REAL_PARTS[window];
    it(`${window}: ${expected === 'so' ? 'comes to what the model says' : 'cannot be told there, and says why'}`, async (t) => {
      const { wrong } = explore(scenario, { finds });
      assert.ok(wrong !== null);

      const { refused, parted, isSo, told } = await replay(t, scenario, wrong.story, wrong.what);

      if (expected !== 'so') return assert.match(refused.join('\n'), expected);
      assert.deepEqual([refused, parted, isSo], [[], null, true], told);
      t.diagnostic(told);
    });
  }
});
