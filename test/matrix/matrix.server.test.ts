import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Cell, sampleOf } from './cells.js';
import { openMatrix } from './matrix.js';
import { renderVerdicts } from './report.js';
import { isChange } from './sites.js';

/** Cells beside those of {@link isDear}. */
const SAMPLE = 30;

/** Share of the cells whose fault must have met a call: on a machine that is too busy a phase may end before it comes to it. */
const STRUCK_SHARE = 0.9;

/** The calls that change something, made to fail once: where half a machine is left if anywhere. */
function isDear({ span, site, story }: Cell): boolean {
  return span === 'once' && isChange(site) && story.name !== 'rollback';
}

/** Whether it ends soon: a power state that cannot be restored is tried for a minute. */
function isQuick({ span, site }: Cell): boolean {
  return span !== 'to-deadline' || isChange(site);
}

describe('the fault matrix', () => {
  it('holds its promises in each cell of a sample', async (t) => {
    const startedAt = performance.now();
    const matrix = await openMatrix(t);
    const seed = Number(process.env['REIMAGE_TEST_SEED'] ?? Date.now() % 1_000_000);
    t.diagnostic(`seed ${seed}`);
    const dear = matrix.cells.filter(isDear);
    const rest = matrix.cells.filter((cell) => !isDear(cell) && isQuick(cell));

    const verdicts = await matrix.run([...dear, ...sampleOf(rest, SAMPLE, seed)]);

    const report = renderVerdicts(verdicts, (performance.now() - startedAt) / 1000);
    for (const line of report.split('\n')) t.diagnostic(line);
    const broken = verdicts.filter(({ violations }) => violations.length > 0);
    assert.equal(broken.length, 0, `REIMAGE_TEST_SEED=${seed} plays the same again\n${report}`);
    const struck = verdicts.filter(({ whyUnmet }) => whyUnmet === null).length;
    assert.ok(struck >= verdicts.length * STRUCK_SHARE, `only ${struck} faults of ${verdicts.length} met a call`);
  });
});
