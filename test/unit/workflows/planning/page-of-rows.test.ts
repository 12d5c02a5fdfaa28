import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FleetRow } from '../../../../contracts/fleet/fleet-plan.js';
import { pageOfRows } from '../../../../workflows/planning/make-plan.js';

const row = (n: number, reason = ''): FleetRow => ({
  instanceId: `i-${n}`,
  name: 'n'.repeat(20),
  az: 'cn-north-1a',
  group: null,
  status: 'running',
  imageBefore: 'img-1',
  skip: reason === '' ? null : { code: 'validation-failed', reasons: [reason] },
  unhealthyReason: null,
  wave: reason === '' ? 0 : null,
});

function pagesOf(rows: readonly FleetRow[]) {
  const pages = [];
  for (let offset: number | null = 0; offset !== null;) {
    const page = pageOfRows(rows, offset);
    pages.push(page.rows);
    offset = page.nextOffset;
  }
  return pages;
}

describe('pageOfRows', () => {
  it('gives ten thousand rows in ten pages', () => {
    const rows = Array.from({ length: 10_000 }, (_, n) => row(n));
    const pages = pagesOf(rows);
    assert.equal(pages.length, 10);
    assert.deepEqual(pages.flat(), rows);
  });

  it('keeps each page far below 2 MB, also of characters that are three bytes', () => {
    const rows = Array.from({ length: 3_000 }, (_, n) => row(n, '盘'.repeat(1_500)));
    const pages = pagesOf(rows);
    assert.deepEqual(pages.flat(), rows);
    for (const page of pages) assert.ok(Buffer.byteLength(JSON.stringify(page)) < 1_600_000);
  });

  it('gives a row that is too large for a page by itself, and nothing beyond the end', () => {
    const rows = [row(0, 'x'.repeat(600_000)), row(1)];
    assert.deepEqual(
      pagesOf(rows).map(({ length }) => length),
      [1, 1],
    );
    assert.deepEqual(pageOfRows(rows, 7), { rows: [], nextOffset: null });
  });
});
