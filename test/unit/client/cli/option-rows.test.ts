import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import * as z from 'zod';
import {
  addOptions,
  fieldsOf,
  optionFor,
  type OptionRows,
  shapeOf,
  under,
  withoutFields,
} from '../../../../client/cli/options/parse-options.js';
import { fakeDeps } from './fake-deps.js';

const ROWS = {
  ids: {
    value: '<ids>',
    help: 'these',
    takes: z.string().optional(),
    field: 'select.instanceIds',
    toField: (words: string) => words.split(','),
  },
  az: { value: '<zone>', help: 'there', takes: z.string().optional(), field: 'select.az' },
  imageId: { value: '<id>', help: 'this image', takes: z.string().optional(), field: 'image.id' },
  sharedBy: {
    value: '<pin>',
    help: 'of theirs',
    takes: z.string().optional(),
    field: 'image.sharedBy',
    isAddition: true,
  },
  key: { value: '<name>', help: 'a key', takes: z.string().optional(), field: 'keyNames', from: '--key or --password' },
  tag: { value: '<tag>', help: 'tags', takes: z.array(z.string()).optional(), mayRepeat: true, field: 'tags' },
  plan: { help: 'do not plan', takes: z.boolean(), isNegated: true },
  zone: { value: '<zone>', help: 'a zone', takes: z.string(), isNeeded: true, field: 'zone' },
  yes: { help: 'go', takes: z.boolean().optional() },
} satisfies OptionRows;

const { deps } = fakeDeps();

describe('a table of options', () => {
  it('gives the parser its options and the schema its keys', () => {
    const command = addOptions(new Command(), ROWS);
    command.parse(['--ids', 'a,b', '--tag', 'x', '--tag', 'y', '--no-plan', '--zone', 'UTC'], { from: 'user' });

    const options = z.strictObject(shapeOf(ROWS)).parse(command.opts());
    assert.deepEqual(options, { ids: 'a,b', tag: ['x', 'y'], plan: false, zone: 'UTC' });
    assert.match(command.helpInformation(), /--zone <zone>\s+a zone \(required\)/);
  });

  it('leaves an option that has to be given to the schema, which tells it with everything else', () => {
    const command = addOptions(new Command(), ROWS);
    command.parse([], { from: 'user' });
    assert.equal(z.strictObject(shapeOf(ROWS)).safeParse(command.opts()).success, false);
  });

  it('fills the fields of what was given, and no others', async () => {
    const options = { ids: 'a,b', az: 'one', key: undefined, yes: true };
    assert.deepEqual(await fieldsOf(ROWS, options, deps), { select: { instanceIds: ['a', 'b'], az: 'one' } });
    const nested = await fieldsOf(under('rebuild', ROWS), options, deps);
    assert.deepEqual(nested, { rebuild: { select: { instanceIds: ['a', 'b'], az: 'one' } } });
    assert.deepEqual(await fieldsOf(withoutFields(ROWS), options, deps), {});
  });

  for (const [field, option] of [
    ['select.az', '--az'],
    ['select.instanceIds.3', '--ids'],
    ['select', '--ids or --az'],
    ['image', '--image-id'],
    ['image.sharedBy.0', '--shared-by'],
    ['keyNames', '--key or --password'],
    ['selector', undefined],
    ['nothing', undefined],
  ] as const)
    it(`names for an error of ${field}: ${option ?? 'no option'}`, () => assert.equal(optionFor(ROWS, field), option));
});
