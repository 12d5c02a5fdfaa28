import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { figuresOf } from '../../scripts/demo/fleet-figures.js';
import { judge, type Seen } from '../../scripts/demo/fleet-report.js';
import { JournalBook } from '../../simulator/model/journal.js';

const row = (instanceId: string, az: string, wave: number) => ({
  instanceId,
  name: null,
  az,
  group: null,
  status: 'running',
  imageBefore: 'img-old',
  skip: null,
  unhealthyReason: null,
  wave,
});
const rows = [row('i-1', 'a', 0), row('i-2', 'a', 1), row('i-3', 'b', 1)];

/** A journal of calls that took effect and of changes, a second between two entries. */
function journalOf(...steps: readonly (readonly [instanceId: string, what: string])[]) {
  let now = Date.parse('2026-11-24T10:00:00Z');
  const book = new JournalBook(
    () => (now += 1000),
    () => undefined,
  );
  for (const [instanceId, what] of steps) {
    if (what.endsWith('Instance')) book.arrive('r')({ operation: what, instanceId, performed: true, httpStatus: 200 });
    else book.change({ instanceId, imageId: null, from: '', to: what, by: '' });
  }
  return book.entries();
}

const WELL = journalOf(
  ['i-1', 'stopInstance'],
  ['i-1', 'stopping'],
  ['i-1', 'rebuildInstance'],
  ['i-1', 'running'],
  ['i-2', 'stopInstance'],
  ['i-2', 'stopping'],
  ['i-3', 'stopping'],
  ['i-2', 'rebuildInstance'],
  ['i-3', 'rebuildInstance'],
  ['i-2', 'running'],
  ['i-3', 'rebuildInstance'],
  ['i-3', 'running'],
);

const seen: Seen = {
  figures: figuresOf(WELL, { rows }),
  plan: {
    rows,
    limits: { unavailable: { fleet: 2, perAz: { a: 1, b: 1 } }, failures: { fleet: 0, strict: false }, held: 0 },
  },
  putBack: 'i-3',
  approvedAt: '2026-11-24T10:00:04.500Z',
  imageOf: new Map([
    ['i-1', 'img-new'],
    ['i-2', 'img-new'],
    ['i-3', 'img-old'],
  ]),
  image: 'img-new',
};

describe('what the demo of a fleet says in the end', () => {
  it('is counted from the journal', () => {
    assert.deepEqual(seen.figures, {
      erased: new Map([
        ['i-1', 1],
        ['i-2', 1],
        ['i-3', 2],
      ]),
      mostDown: 2,
      mostDownIn: new Map([
        ['a', 1],
        ['b', 1],
      ]),
      firstAfterCanary: '2026-11-24T10:00:05.000Z',
    });
  });

  it('given all as promised, then says so with its figures', () => {
    assert.deepEqual(judge(seen), {
      isKept: true,
      lines: [
        '✔ rebuildInstance was performed 4 times: once on each of 3 VMs, and i-3 once more, to put it back',
        '✔ most VMs down at once: 2 (limit 2); by zone: a 1 of 1, b 1 of 1',
        '✔ the first VM after the canary was stopped 0.5 s after the approval',
        '✔ 3 of 3 VMs run, 2 of them on img-new',
      ],
    });
  });

  const { figures } = seen;
  const broken: readonly (readonly [string, Partial<Seen>])[] = [
    ['a VM erased twice', { figures: { ...figures, erased: new Map([...figures.erased, ['i-1', 2]]) } }],
    ['a VM never erased', { figures: { ...figures, erased: new Map([...figures.erased, ['i-1', 0]]) } }],
    ['too many down', { figures: { ...figures, mostDown: 3 } }],
    ['too many down in a zone', { figures: { ...figures, mostDownIn: new Map([['a', 2]]) } }],
    ['one that went before the approval', { approvedAt: '2026-11-24T10:00:06.000Z' }],
    ['nobody that went after the canary', { figures: { ...figures, firstAfterCanary: null } }],
    ['a VM that does not run', { imageOf: new Map([['i-1', 'img-new']]) }],
    ['a VM on the new image that was put back', { imageOf: new Map([...seen.imageOf, ['i-3', 'img-new']]) }],
  ];
  for (const [name, change] of broken)
    it(`given ${name}, then one line says that it is not as promised`, () => {
      const { isKept, lines } = judge({ ...seen, ...change });
      assert.equal(isKept, false);
      assert.equal(lines.filter((line) => line.startsWith('✖ NOT AS PROMISED: ')).length, 1);
    });
});
