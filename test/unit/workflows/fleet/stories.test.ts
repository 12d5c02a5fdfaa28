import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { playFleet } from './play-fleet.js';
import { STORIES } from './stories.js';

const FOLDER = new URL('stories/', import.meta.url);

describe('the decisions of a fleet', () => {
  for (const [name, play] of Object.entries(STORIES)) {
    it(`are told by stories/${name}.txt (npm run stories writes them anew)`, async () => {
      const told = await readFile(new URL(`${name}.txt`, FOLDER), 'utf8');

      assert.deepEqual(playFleet(play).lines, told.trimEnd().split('\n'));
    });
  }

  it('have no story that nobody plays', async () => {
    const files = await readdir(FOLDER);

    assert.deepEqual(
      files.toSorted(),
      Object.keys(STORIES)
        .map((name) => `${name}.txt`)
        .toSorted(),
    );
  });
});
