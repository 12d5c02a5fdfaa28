import { percentEncode } from './signature.js';
import type { Filter, TagFilter } from './vm-api.js';

/** One name and value of a query, decoded. */
export type QueryPair = readonly [name: string, value: string];

/** `ids.1=a&ids.2=b`: JD Cloud counts lists from 1. */
export function listPairs(name: string, values: readonly string[]): QueryPair[] {
  return values.map((value, index) => [`${name}.${index + 1}`, value] as const);
}

/** `filters.1.name`, `filters.1.operator`, `filters.1.values.1`. */
export function filterPairs(filters: readonly Filter[]): QueryPair[] {
  return filters.flatMap(({ name, operator, values }, index) => {
    const prefix = `filters.${index + 1}`;
    const operators: QueryPair[] = operator === undefined ? [] : [[`${prefix}.operator`, operator]];
    return [[`${prefix}.name`, name] as const, ...operators, ...listPairs(`${prefix}.values`, values)];
  });
}

/** `tags.1.key`, `tags.1.values.1`. */
export function tagPairs(tags: readonly TagFilter[]): QueryPair[] {
  return tags.flatMap(({ key, values = [] }, index) => {
    const prefix = `tags.${index + 1}`;
    return [[`${prefix}.key`, key] as const, ...listPairs(`${prefix}.values`, values)];
  });
}

/** Single parameters; those that are undefined are left out. */
export function scalarPairs(parameters: Readonly<Record<string, string | number | boolean | undefined>>): QueryPair[] {
  return Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
}

/** The query as it is sent, without a question mark. */
export function encodeQuery(pairs: readonly QueryPair[]): string {
  return pairs.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join('&');
}
