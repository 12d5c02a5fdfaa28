import { readdir } from 'node:fs/promises';
import * as z from 'zod';

const CONTRACTS = new URL('../../contracts/', import.meta.url);

/** The list that the test holds. */
export const WIRE_FIELDS = new URL('../contracts/wire-fields.txt', import.meta.url);

/**
 * The fields of all payloads: every path in every schema that a module of contracts/ exports, one a line, with the words
 * that may stand there. Where the schema of a field is exported too, its name stands there instead.
 */
export async function wireFields(): Promise<string[]> {
  const schemas = await exportedSchemas();
  const nameOf = new Map([...schemas].map(([name, schema]) => [schema, name]));
  const lines = [...schemas].flatMap(([name, schema]) => linesOf(name, jsonSchemaOf(schema, nameOf)));
  return [...new Set(lines)].toSorted();
}

type Schema = z.core.JSONSchema.BaseSchema;

async function exportedSchemas(): Promise<ReadonlyMap<string, z.ZodType>> {
  const files = (await readdir(CONTRACTS, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const named = new Map<string, z.ZodType>();
  for (const file of files) {
    const module: object = await import(new URL(file, CONTRACTS).href);
    for (const [name, value] of Object.entries(module)) {
      if (value instanceof z.ZodType) named.set(name, value);
      // Such as the updates of a fleet, which stand in one table.
      else for (const [key, schema] of schemasIn(value)) named.set(`${name}.${key}`, schema);
    }
  }
  return named;
}

function schemasIn(value: unknown): (readonly [key: string, schema: z.ZodType])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, schema]) =>
    schema instanceof z.ZodType ? [[key, schema] as const] : [],
  );
}

function jsonSchemaOf(schema: z.ZodType, nameOf: ReadonlyMap<unknown, string>): Schema {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
    // Without those that are registered by an id, which would become references.
    metadata: z.registry(),
    override: ({ zodSchema, jsonSchema, path }) => {
      const name = path.length > 0 ? nameOf.get(zodSchema) : undefined;
      if (name === undefined) return;
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      jsonSchema.title = name;
    },
  });
}

function linesOf(path: string, schema: Schema): string[] {
  if (schema.title !== undefined) return [`${path}: ${schema.title}`];
  const words = [...(schema.enum ?? []), ...(schema.const === undefined ? [] : [schema.const])];
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])].flatMap((each) =>
    linesOf(path, toSchema(each)),
  );
  const fields = Object.entries(schema.properties ?? {}).flatMap(([key, each]) =>
    linesOf(`${path}.${key}`, toSchema(each)),
  );
  const items =
    schema.items === undefined ? [] : [schema.items].flat().flatMap((each) => linesOf(`${path}[]`, toSchema(each)));
  const values =
    typeof schema.additionalProperties === 'object' ? linesOf(`${path}.*`, schema.additionalProperties) : [];
  const keys = typeof schema.propertyNames === 'object' ? linesOf(`${path}.*`, schema.propertyNames) : [];
  const below = [...inner, ...fields, ...items, ...values, ...keys];
  if (words.length > 0) return [`${path} = ${words.map(String).toSorted().join(' | ')}`, ...below];
  return below.length > 0 ? below : schema.type === 'null' ? [] : [path];
}

function toSchema(schema: Schema | boolean): Schema {
  return typeof schema === 'boolean' ? {} : schema;
}
