import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { markdownOf, momentRows, tableRows, wordRows } from '../admin-acts/render.js';
import { ACT_TABLE, ACTS } from '../admin-acts/table.js';
import { sectionsOf, tableRowsOf, tablesOf } from './markdown.js';

const read = (page: string) => readFile(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
const decision = await read('decisions/0023-what-a-reset-run-may-do.md');
const guide = sectionsOf(await read('operator-guide.md')).get('Pause, reset, terminate') ?? '';

describe("what docs say of Temporal's administrative acts", () => {
  it('is, in the decision page, what the tests play', () => {
    const written = tablesOf(decision).map(({ header, rows }) => [header, ...rows]);
    const played = [momentRows(), wordRows(), tableRows()];
    assert.deepEqual(
      written,
      played.map((rows) => tableRowsOf(markdownOf(rows))),
      'see `npm run test:acts -- --table`',
    );
  });

  it('has a row for each act', () => {
    assert.deepEqual(
      ACT_TABLE.map(({ act }) => act),
      ACTS,
    );
  });

  for (const { act, says } of ACT_TABLE)
    it(`is, in the operator guide, what is meant: ${act}`, () => {
      assert.ok(guide.includes(says), says);
    });
});
