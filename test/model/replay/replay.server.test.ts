import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explore } from '../explore.js';
import { WINDOWS, type OpenWindow } from '../scenarios.js';
import { replay } from './replay.js';
import { parseStoryFile } from './story-file.js';

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

describe('a file with a story', () => {
  const printed = `
A machine sleeps.
a stopped VM, repeats 1, stalls 1: 956 states, depth 18, 0 s: op-1 has erased the disk twice
    run 1 plans: sees stopped with A
    attempt 1 at the rebuild of run 1 begins

Nothing is wrong.
`;

  it('is read as it was printed: its world, its lines, and what came of it', () => {
    const { scenario, wrong, story } = parseStoryFile(printed);

    assert.deepEqual([scenario.power, scenario.image, wrong], ['stopped', 'same', 'op-1 has erased the disk twice']);
    assert.deepEqual(story, ['run 1 plans: sees stopped with A', 'attempt 1 at the rebuild of run 1 begins']);
  });

  it('is refused where it holds none, two, or one of another world', () => {
    assert.throws(() => parseStoryFile('Nothing is wrong.'), /holds 0 stories/);
    assert.throws(() => parseStoryFile(printed + printed), /holds 2 stories/);
    assert.throws(() => parseStoryFile(printed.replace('a stopped VM', 'Atlantis')), /'Atlantis, .*' is no world/);
  });

  it('with a line that cannot be told names it, and begins nothing', async (t) => {
    const { scenario, story, wrong } = parseStoryFile(printed);
    const { refused } = await replay(t, scenario, [...story, 'the moon falls'], wrong);

    assert.deepEqual(refused, ['the moon falls: nothing here does that']);
  });
});
