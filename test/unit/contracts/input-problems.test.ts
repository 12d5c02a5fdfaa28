import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { flattenIssues, IN_OUR_WORDS } from '../../../contracts/input-problems.js';

const Fields = z.strictObject({
  name: z.string().min(1).max(5),
  size: z.int().min(2).max(9),
  share: z.number().gt(0).lt(1).optional(),
  power: z.enum(['on', 'off', 'as-was']).optional(),
  ids: z.array(z.string()).min(1).max(2).optional(),
  at: z.iso.datetime().optional(),
  word: z
    .string()
    .refine((text) => text === 'x', 'must be x')
    .refine((text) => text.length === 1, 'must be x')
    .optional(),
  step: z.number().multipleOf(5).optional(),
  isOn: z.boolean().optional(),
  check: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('tcp') }),
      z.strictObject({ kind: z.literal('exec') }),
    ])
    .optional(),
});

const GOOD = { name: 'web', size: 3 };

const ROWS: readonly { input: unknown; says: string }[] = [
  { input: { size: 3 }, says: 'name: is missing' },
  { input: { ...GOOD, name: 4 }, says: 'name: must be text' },
  { input: { ...GOOD, name: '' }, says: 'name: must not be empty' },
  { input: { ...GOOD, name: 'far too long' }, says: 'name: must have at most 5 characters' },
  { input: { ...GOOD, size: 1 }, says: 'size: must be at least 2' },
  { input: { ...GOOD, size: 10 }, says: 'size: must be at most 9' },
  { input: { ...GOOD, size: 2.5 }, says: 'size: must be a whole number' },
  { input: { ...GOOD, share: 0 }, says: 'share: must be more than 0' },
  { input: { ...GOOD, share: 1 }, says: 'share: must be less than 1' },
  { input: { ...GOOD, power: 'up' }, says: 'power: must be on, off or as-was' },
  { input: { ...GOOD, ids: [] }, says: 'ids: must not be empty' },
  { input: { ...GOOD, ids: ['a', 'b', 'c'] }, says: 'ids: must have at most 2 entries' },
  { input: { ...GOOD, ids: 'a' }, says: 'ids: must be a list' },
  { input: { ...GOOD, ids: 'a text longer than the list may be' }, says: 'ids: must be a list' },
  { input: { ...GOOD, at: 'noon' }, says: 'at: must be a time such as 2026-12-01T08:00:00Z' },
  { input: { ...GOOD, step: 7 }, says: 'step: must be a multiple of 5' },
  { input: { ...GOOD, isOn: 'yes' }, says: 'isOn: must be true or false' },
  { input: { ...GOOD, check: { kind: 'ping' } }, says: 'check.kind: is of no kind that is known' },
  { input: { ...GOOD, sise: 3, zone: 'a' }, says: 'sise: unknown field, did you mean size?; zone: unknown field' },
  { input: { ...GOOD, word: 'long' }, says: 'word: must be x' },
  { input: 'web', says: ': must be a set of fields' },
];

describe('what is wrong with an input', () => {
  for (const { input, says } of ROWS) {
    it(`${JSON.stringify(input)}: ${says}`, () => {
      const issues = flattenIssues(Fields.safeParse(input, IN_OUR_WORDS).error?.issues ?? []);

      assert.equal(issues.map(({ path, text }) => `${path.join('.')}: ${text}`).join('; '), says);
    });
  }
});
