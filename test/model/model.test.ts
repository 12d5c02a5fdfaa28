import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explore } from './explore.js';
import { SMALL, WINDOWS } from './scenarios.js';

/** The first lines say what went wrong, and the shortest way to it. */
function told({ wrong }: ReturnType<typeof explore>): string {
  return wrong === null ? '' : [wrong.what, ...wrong.story].join('\n  ');
}

describe('a rebuild, in every interleaving of a small model', () => {
  for (const scenario of SMALL)
    it(`${scenario.name}: nothing is wrong`, () => {
      const found = explore(scenario);

      assert.equal(told(found), '');
      assert.ok(found.states > 1_000, `${found.states} states are too few to tell`);
    });

  for (const { window, scenario, finds } of WINDOWS)
    it(`${window}: the window is open, and has its story`, () => {
      const { wrong } = explore(scenario, { finds });

      assert.match(wrong?.what ?? 'nothing is wrong', finds);
      assert.ok((wrong?.story.length ?? 0) > 5);
    });
});
