import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleOf } from '../matrix/cells.js';
import { cellsThere, renderVerdicts, runCells } from './run-cells.js';
import { openStage } from './stage.js';

/** Where something went wrong once: these are always played. */
const DEAR: readonly string[] = [
  'reset-last/call out',
  'reset-last/rebuilding',
  'reset-last/rollback, after',
  'reset-older-first/rebuilding',
  'reset-older-first/done',
  'reset-older-last/starting',
  'reset-older-before-call/done',
  'reset-older-again/done',
  'reset-again/stopping',
  'activity-complete/validating',
  'activity-complete-null/call out',
];

/** Cells beside these. */
const SAMPLE = 24;

describe("Temporal's administrative acts", () => {
  it('come to what the table says, in a sample of its cells', async (t) => {
    const stage = await openStage(t);
    const cells = await cellsThere(stage);
    const seed = Number(process.env['REIMAGE_TEST_SEED'] ?? Date.now() % 1_000_000);
    t.diagnostic(`seed ${seed}`);
    const dear = cells.filter(({ name }) => DEAR.includes(name));
    assert.equal(dear.length, DEAR.length, 'all of them are cells');
    const rest = cells.filter((cell) => !dear.includes(cell));

    const verdicts = await runCells(stage, [...dear, ...sampleOf(rest, SAMPLE, seed)]);

    const report = renderVerdicts(verdicts);
    const broken = verdicts.filter((verdict) => verdict.broken.length > 0);
    assert.equal(broken.length, 0, `REIMAGE_TEST_SEED=${seed} plays the same again\n${report}`);
  });
});
