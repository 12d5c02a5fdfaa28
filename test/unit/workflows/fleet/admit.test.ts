import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { admit, awaitsBake, MOST_IN_FLIGHT, exhaustedBy } from '../../../../workflows/fleet/admission.js';
import { type Given, limitsOf, membersOf } from './given-fleet.js';

const BUSY = { state: 'rebuilding' } as const;
const HELD = { state: 'held' } as const;
const DONE = { state: 'done' } as const;
const FAILED = { state: 'failed' } as const;
const DOWN = { isDown: true } as const;

const strict = (fleet: number, perWave?: readonly number[]) => ({
  failures: { fleet, strict: true, ...(perWave !== undefined && { perWave: [...perWave] }) },
});

interface Row extends Given {
  readonly name: string;
  /** Places of those that are started. */
  readonly start: readonly number[];
  readonly block: string | null;
}

const ROWS: readonly Row[] = [
  { name: 'starts all where nothing limits it', start: [0, 1, 2, 3], block: null },
  {
    name: 'starts as many as may be unavailable',
    limits: { unavailable: { fleet: 2 } },
    start: [0, 1],
    block: '2 of 2 unavailable',
  },
  {
    name: 'counts those under way, held ones too',
    so: { 0: BUSY, 1: HELD },
    limits: { unavailable: { fleet: 3 } },
    start: [2],
    block: '3 of 3 unavailable',
  },
  {
    name: 'counts those that are down for other reasons, and says so',
    so: { 3: { ...DOWN, ...DONE } },
    limits: { unavailable: { fleet: 2 } },
    start: [0],
    block: '2 of 2 unavailable, 1 of them down for other reasons',
  },
  {
    name: 'lets one that is down already take no place',
    so: { 0: DOWN, 2: DOWN },
    limits: { unavailable: { fleet: 2 } },
    start: [0, 2],
    block: '2 of 2 unavailable, 2 of them down for other reasons',
  },
  {
    name: 'passes over one whose zone is full, for the next of another',
    at: ['a-', 'a-', 'b-', 'b-'],
    so: { 0: BUSY },
    limits: { unavailable: { fleet: 9, perAz: { a: 1, b: 1 } } },
    start: [2],
    block: 'zone a has 1 of 1 unavailable',
  },
  {
    name: 'knows no limit of a zone that has none',
    at: ['a-', 'c-', 'c-'],
    limits: { unavailable: { fleet: 9, perAz: { a: 1 } } },
    start: [0, 1, 2],
    block: null,
  },
  {
    name: 'keeps to the limit of a group, which is no zone',
    at: ['gg', 'ag', 'gh', '-g'],
    limits: { unavailable: { fleet: 9, perGroup: { g: 1, h: 1 } } },
    start: [0, 2],
    block: 'group g has 1 of 1 unavailable',
  },
  {
    name: 'knows no limit of groups where there is none',
    at: ['ag', 'ag'],
    limits: { unavailable: { fleet: 9, perAz: { a: 5 } } },
    start: [0, 1],
    block: null,
  },
  {
    name: 'starts those of the wave and of those before it, and none of the next',
    waves: [1, 2, 1],
    wave: 1,
    start: [0, 1, 2],
    block: null,
  },
  {
    name: 'starts nobody while more are held than may be',
    so: { 0: HELD, 1: HELD },
    limits: { held: 1 },
    start: [],
    block: '2 are held, 1 may be',
  },
  { name: 'goes on with as many held as may be', so: { 0: HELD }, limits: { held: 1 }, start: [1, 2, 3], block: null },
  {
    name: 'under a strict budget starts nobody once all that is under way would exhaust it',
    limits: strict(2),
    start: [0, 1, 2],
    block: 'strict budget: 3 under way, 2 more failures can be tolerated',
  },
  {
    name: 'under a strict budget counts what has failed and what is not judged',
    so: { 0: FAILED, 1: DONE },
    limits: strict(2),
    start: [2],
    block: 'strict budget: 1 under way, 1 not judged by a bake yet, 1 more failures can be tolerated',
  },
  {
    name: 'under a strict budget of the wave counts that wave alone',
    waves: [2, 2],
    wave: 1,
    so: { 0: FAILED, 1: DONE },
    limits: strict(9, [0, 0]),
    start: [2],
    block: 'strict budget of the wave: 1 under way, 0 more failures can be tolerated',
  },
  {
    name: 'under a strict budget of the wave counts what of it failed and is under way',
    at: ['a-', 'a-', 'a-', 'a-', 'a-'],
    waves: [1, 4],
    wave: 1,
    so: { 0: DONE, 1: FAILED, 2: BUSY },
    limits: strict(9, [9, 2]),
    start: [3],
    block: 'strict budget of the wave: 2 under way, 1 more failures can be tolerated',
  },
  {
    name: 'knows no strict budget of a wave that has none',
    waves: [1, 3],
    wave: 1,
    limits: strict(9, [0]),
    start: [0, 1, 2, 3],
    block: null,
  },
  {
    name: 'has no budget on the way back: that is what mends an exhausted one',
    so: { 0: { goal: 'rollback' }, 1: { goal: 'rollback' }, 2: FAILED },
    goal: 'rollback',
    limits: strict(0),
    start: [0, 1],
    block: null,
  },
];

describe('admit', () => {
  for (const row of ROWS)
    it(row.name, () => {
      const { wave = 0, goal = 'forward' } = row;
      const { start, block } = admit(membersOf(row), limitsOf(row), wave, goal);

      assert.deepEqual({ start: start.map(({ at }) => at), block }, { start: row.start, block: row.block });
    });

  it('has no more under way than Temporal advises', () => {
    const at = Array.from({ length: MOST_IN_FLIGHT + 2 }, () => 'a-');
    const given = { at, so: { 0: BUSY } };
    const { start, block } = admit(membersOf(given), limitsOf(given), 0, 'forward');

    assert.equal(start.length, MOST_IN_FLIGHT - 1);
    assert.equal(block, `${MOST_IN_FLIGHT} of ${MOST_IN_FLIGHT} rebuilds that may be under way at a time`);
  });
});

const BAKES: readonly (Given & { readonly name: string; readonly awaits: boolean })[] = [
  { name: 'nobody may start before they are judged', so: { 0: DONE, 1: DONE }, limits: strict(1), awaits: true },
  { name: 'somebody may start', so: { 0: DONE }, limits: strict(2), awaits: false },
  { name: 'one is under way', so: { 0: DONE, 1: BUSY }, limits: strict(1), awaits: false },
  { name: 'nobody is done', so: { 0: FAILED, 1: FAILED }, limits: strict(1), awaits: false },
  {
    name: 'all were judged',
    so: { 0: { ...DONE, isBaked: true }, 1: FAILED, 2: FAILED },
    limits: strict(1),
    awaits: false,
  },
  {
    name: 'the budget is not strict',
    so: { 0: DONE, 1: DONE },
    limits: { failures: { fleet: 1, strict: false } },
    awaits: false,
  },
  { name: 'they are put back', so: { 0: DONE, 1: DONE }, limits: strict(1), goal: 'rollback', awaits: false },
];

describe('awaitsBake', () => {
  for (const row of BAKES)
    it(`is ${row.awaits} where ${row.name}`, () => {
      assert.equal(awaitsBake(membersOf(row), limitsOf(row), 0, row.goal ?? 'forward'), row.awaits);
    });
});

const BUDGETS: readonly (Given & { readonly name: string; readonly why: string | null })[] = [
  { name: 'as many failed as may', so: { 0: FAILED }, limits: { failures: { fleet: 1, strict: false } }, why: null },
  {
    name: 'one more failed than may, however it was put back',
    so: { 0: FAILED, 1: { state: 'rolled-back' } },
    limits: { failures: { fleet: 1, strict: false } },
    why: '2 failed, 1 may',
  },
  {
    name: 'what failed is tolerated',
    so: { 0: FAILED, 1: { ...FAILED, isTolerated: true } },
    limits: { failures: { fleet: 1, strict: false } },
    why: null,
  },
  {
    name: 'one more of the second wave failed than may',
    waves: [2, 2],
    so: { 0: FAILED, 2: FAILED },
    limits: { failures: { fleet: 9, perWave: [1, 0], strict: false } },
    why: '1 of wave 2 failed, 0 may',
  },
  {
    name: 'as many of each wave failed as may',
    waves: [2, 2],
    so: { 0: FAILED, 2: FAILED },
    limits: { failures: { fleet: 9, perWave: [1, 1], strict: false } },
    why: null,
  },
];

describe('a failure budget', () => {
  for (const row of BUDGETS)
    it(`is ${row.why === null ? 'not ' : ''}exhausted where ${row.name}`, () => {
      assert.equal(exhaustedBy(membersOf(row).counts, limitsOf(row)), row.why);
    });
});
