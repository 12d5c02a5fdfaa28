import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { FleetSpec } from '../../contracts/fleet/fleet-spec.js';
import { ON_BUDGET_EXHAUSTED, RolloutPolicy } from '../../contracts/fleet/rollout-policy.js';
import { FIGURES, VM_ROWS } from './fleet-policy-figures.js';
import { inlineCodeOf, sectionsOf, tableRowsOf, tablesOf } from './markdown.js';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = await read('docs/fleet-policy.md');
const sections = sectionsOf(page);
const tables = tablesOf(page);

/** What a JSON Schema says of one field: the parts that are read here. */
const Part: z.ZodType<Part> = z.lazy(() =>
  z.looseObject({
    properties: z.record(z.string(), Part).optional(),
    required: z.array(z.string()).optional(),
    anyOf: z.array(Part).optional(),
    oneOf: z.array(Part).optional(),
    items: Part.optional(),
    $ref: z.string().optional(),
    default: z.unknown().optional(),
  }),
);
interface Part {
  readonly properties?: Readonly<Record<string, Part>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly anyOf?: readonly Part[] | undefined;
  readonly oneOf?: readonly Part[] | undefined;
  readonly items?: Part | undefined;
  readonly $ref?: string | undefined;
  readonly default?: unknown;
}

interface Field {
  readonly path: string;
  /** As the page shows it: `—` must be given, empty may be absent. */
  readonly byDefault: string;
}

/** All fields of a schema, those inside of others with their whole path. Those named in `whole` are not gone into. */
function fieldsOf(schema: z.ZodType, whole: readonly string[] = []): Field[] {
  const root = z.looseObject({ $defs: z.record(z.string(), Part).optional() });
  const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  const { $defs = {} } = root.parse(json);
  const resolve = (part: Part): Part => $defs[part.$ref?.split('/').at(-1) ?? ''] ?? part;
  const walk = (given: Part, prefix: string): Field[] => {
    const part = resolve(given);
    const inside = [...(part.anyOf ?? []), ...(part.oneOf ?? []), ...(part.items === undefined ? [] : [part.items])];
    const own = Object.entries(part.properties ?? {}).flatMap(([name, value]) => {
      const path = `${prefix}${name}`;
      const isRequired = part.required?.includes(name) === true;
      const byDefault = isRequired ? '—' : defaultOf(value);
      return [{ path, byDefault }, ...(whole.includes(path) ? [] : walk(value, `${path}.`))];
    });
    return [...own, ...inside.flatMap((each) => walk(each, prefix))];
  };
  const fields = walk(Part.parse(json), '');
  return [...new Map(fields.map((field) => [field.path, field])).values()];
}

/** A default that is an empty object stands for what its own fields default to. */
function defaultOf(part: Part): string {
  const byDefault = part.default;
  if (byDefault === undefined || JSON.stringify(byDefault) === '{}') return '';
  return `\`${JSON.stringify(byDefault)}\``;
}

const documented = (section: string): Field[] =>
  tableRowsOf(sections.get(section) ?? '')
    .slice(1)
    .map(([path = '', byDefault = '']) => ({ path: path.replaceAll('`', ''), byDefault }));
const byPath = (fields: readonly Field[]) => fields.toSorted((a, b) => (a.path < b.path ? -1 : 1));

describe('the fields in docs/fleet-policy.md', () => {
  it('of the policy are all of them, with their defaults', () => {
    assert.deepEqual(byPath(documented('Fields of the policy')), byPath(fieldsOf(RolloutPolicy)));
  });

  it('of a fleet are all of them, with their defaults', () => {
    const fields = fieldsOf(FleetSpec, ['exclude', 'rebuild', 'rollout']);
    const told = fields.map((field) => (field.path === 'rollout' ? { ...field, byDefault: 'see below' } : field));
    assert.deepEqual(byPath(documented('Fields of a fleet')), byPath(told));
  });

  it('have every choice of what is done when the budget is exhausted', () => {
    const chosen = tables.find(({ header }) => header[0] === '`onBudgetExhausted`')?.rows.map(([name]) => name);
    assert.deepEqual(
      chosen,
      ON_BUDGET_EXHAUSTED.map((name) => `\`${name}\``),
    );
  });
});

describe('the figures in docs/fleet-policy.md', () => {
  for (const [name, figure] of Object.entries(FIGURES)) {
    it(`of '${name}' are what the code computes`, () => {
      const { rows = [] } = tables.find(({ header }) => header.at(-1) === name) ?? {};
      assert.ok(rows.length >= 3, `${rows.length} examples`);
      for (const row of rows) assert.equal(row.at(-1), figure(row.slice(0, -1)), row.join(' | '));
    });
  }

  it('are of the VMs that the page shows', () => {
    assert.deepEqual(tables.find(({ header }) => header[0] === 'VM')?.rows, VM_ROWS);
  });
});

describe('the stories in docs/fleet-policy.md', () => {
  /** The files that a paragraph names stand in the blocks that follow it, in that order. */
  const quotes = [...page.matchAll(/^From (.*):\n((?:\n```text\n[^]*?^```$\n)+)/gm)].flatMap(
    ([, names = '', code = '']) => {
      const files = inlineCodeOf(names).filter((word) => word.endsWith('.txt'));
      const blocks = [...code.matchAll(/```text\n([^]*?)^```$/gm)].map(([, text = '']) => text);
      assert.equal(blocks.length, files.length, names);
      return files.map((file, at) => ({ file, text: blocks[at] ?? '' }));
    },
  );

  it('are those that tests play, word for word', async () => {
    for (const { file, text } of quotes) assert.equal(text, await read(file), file);
  });

  it('are nearly all that there are', async () => {
    const all = await readdir(new URL('../unit/workflows/fleet/stories/', import.meta.url));
    assert.ok(quotes.length >= 10, `${quotes.length} of ${all.length} are quoted`);
  });
});
