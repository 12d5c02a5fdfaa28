import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { HealthCheck, PLACEHOLDERS } from '../../contracts/health-check.js';
import { codeBlocksOf, sectionsOf, tableRowsOf } from './markdown.js';

const page = await readFile(new URL('../../docs/health.md', import.meta.url), 'utf8');
const sections = sectionsOf(page);
const rowsOf = (section: string) => tableRowsOf(sections.get(section) ?? '').map((row) => row.map(unquoted));
const unquoted = (cell: string) => cell.replace(/^`(.*)`$/, '$1');

const Field = z.looseObject({
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
const Schema = z.looseObject({
  oneOf: z.array(z.looseObject({ properties: z.record(z.string(), Field) })),
});

/** Fields of the three kinds, as the contract has them. */
const kinds = Schema.parse(z.toJSONSchema(HealthCheck, { io: 'input' })).oneOf.map(({ properties }) => properties);

describe('docs/health.md', () => {
  it('has examples that a request accepts', () => {
    const examples = codeBlocksOf(page).filter(({ language }) => language === 'json');
    assert.ok(examples.length >= 3);
    for (const { code } of examples) z.array(HealthCheck).min(1).parse(JSON.parse(code));
  });

  it('has the fields of the pace with their defaults and ranges', () => {
    const [, ...rows] = rowsOf('Pace');
    assert.deepEqual(
      rows.map(([name, byDefault, range]) => [name, byDefault, range]),
      ['intervalSeconds', 'timeoutSeconds', 'successes', 'deadlineSeconds'].map((name) => {
        const field = kinds[0]?.[name];
        return [name, String(field?.default), `${field?.minimum}–${field?.maximum}`];
      }),
    );
  });

  it('has every other field of every kind', () => {
    const known = new Set([
      ...rowsOf('Kinds').map(([name]) => name),
      ...rowsOf('Pace').map(([name]) => name),
      'kind',
      'command',
    ]);
    const fields = kinds.flatMap((properties) => Object.keys(properties));
    assert.ok(fields.includes('bodyIncludes'));
    assert.deepEqual(
      fields.filter((name) => !known.has(name)),
      [],
    );
  });

  it('has every placeholder', () => {
    const [, ...rows] = rowsOf('Placeholders');
    assert.deepEqual(
      rows.map(([name]) => name),
      PLACEHOLDERS.map((name) => `{${name}}`),
    );
  });
});
